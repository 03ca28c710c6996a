import { createHash } from 'node:crypto';
import {
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import type { OperationDefinition } from '../../core/operations/define-operation.ts';
import type { Round } from './round.ts';

/** Whether a call destroys something, rather than telling what it would destroy. */
export function isDestructive({ kind }: OperationDefinition, input: unknown): boolean {
  return kind === 'D' && Object(input).dry_run !== true;
}

/** What the person said of exactly this call; undefined: they were not asked yet. */
export function confirmationOf(
  operation: OperationDefinition,
  input: unknown,
  { mcpReq }: ServerContext,
): 'given' | 'refused' | undefined {
  const round = mcpReq.requestState<Round>();
  if (round?.asked !== 'confirm' || round.call !== callHash(operation, input)) return undefined;
  const response = inputResponse(mcpReq.inputResponses, 'confirm');
  if (response.kind !== 'elicit') return undefined;
  return response.action === 'accept' && response.content?.confirm === true ? 'given' : 'refused';
}

/**
 * The question whether to go on: what would happen, in the operation's own words.
 * @param would what its dry run told
 */
export async function askForConfirmation(
  operation: OperationDefinition,
  { input, would }: { input: unknown; would: string[] },
  mint: (round: Round) => Promise<string>,
): Promise<InputRequiredResult> {
  const given = Object.entries(withoutKey(input)).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const message = [`${operation.title}: ${given.join(', ')}. This would:`, ...would.map((effect) => `- ${effect}`)];
  return inputRequired({
    inputRequests: {
      confirm: inputRequired.elicit({
        message: message.join('\n'),
        requestedSchema: {
          type: 'object',
          properties: { confirm: { type: 'boolean', title: operation.title, default: false } },
          required: ['confirm'],
        },
      }),
    },
    requestState: await mint({ asked: 'confirm', call: callHash(operation, input) }),
  });
}

function callHash({ name }: OperationDefinition, input: unknown): string {
  return createHash('sha256')
    .update(canonicalJson([name, withoutKey(input)]))
    .digest('base64url');
}

/** The input as a dry run takes it, and a person is shown it: the idempotency key is that of the change. */
export function withoutKey(input: unknown): Record<string, unknown> {
  const { idempotency_key: _ofTheChange, ...members } = Object(input) as Record<string, unknown>;
  return members;
}
