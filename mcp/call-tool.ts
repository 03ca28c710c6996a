import {
  type CallToolResult,
  type InputRequiredResult,
  inputResponse,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Dependencies } from '../core/dependencies.ts';
import { PublicError } from '../core/errors.ts';
import { auditStopped } from '../core/operations/audit-call.ts';
import { invoke } from '../core/operations/invoke.ts';
import type { ClientAbilities } from './elicitation/client-abilities.ts';
import { askForConfirmation, confirmationOf, isDestructive, withoutKey } from './elicitation/confirmation.ts';
import { offerLink } from './elicitation/personal-link.ts';
import type { Round } from './elicitation/round.ts';
import type { McpCall } from './mcp-call.ts';
import { progressReporter } from './progress.ts';
import type { CatalogEntry } from './tool-catalog.ts';
import { publicErrorResult, toolError, toolResult } from './tool-result.ts';
import { isSelected } from './tool-selection.ts';

export interface ToolCall extends McpCall, Pick<CatalogEntry, 'operation' | 'fence' | 'linkIn'> {
  input: unknown;
  context: ServerContext;
  client: ClientAbilities;
  /** Seals what the call has come to, until the person has answered. */
  mint: (round: Round) => Promise<string>;
}

type Answer = CallToolResult | InputRequiredResult;

/** Runs a tool's operation; what a caller may be told of a failure becomes a tool error, which the model can read. */
export async function callTool(call: ToolCall, dependencies: Dependencies): Promise<Answer> {
  const { operation, caller, selection } = call;
  if (!isSelected(operation, selection)) {
    await auditStopped(dependencies, operation, { caller, input: call.input, why: 'left_out' });
    return toolError(
      `The connector's address (?readonly, ?areas) leaves "${operation.name}" out. Whoever set it up can change the address.`,
    );
  }
  try {
    return answerOfOfferedLink(call) ?? (await confirmAndRun(call, dependencies));
  } catch (error) {
    if (error instanceof PublicError) return publicErrorResult(error);
    dependencies.log.error({ err: error, operation: operation.name, request_id: caller.requestId }, 'a tool failed');
    return toolError(`internal: This is our fault. Try again; if it stays, report the request ID ${caller.requestId}.`);
  }
}

/** Where the client can ask its person, what destroys waits for their word, and links go to them past the model. */
async function confirmAndRun(call: ToolCall, dependencies: Dependencies): Promise<Answer> {
  const { operation, caller, signal, input, context, client, mint, fence, linkIn } = call;
  const reportProgress = progressReporter(context);
  const run = (members: unknown) =>
    invoke(operation, { caller, input: members, signal, ...(reportProgress && { reportProgress }) }, dependencies);

  if (client.forms && isDestructive(operation, input)) {
    const confirmation = confirmationOf(operation, input, context);
    if (confirmation === 'refused') {
      await auditStopped(dependencies, operation, { caller, input, why: 'declined' });
      return toolError('The person declined, and nothing was changed. Repeat the call only if they ask for it.');
    }
    if (confirmation === undefined) {
      const { would } = await run({ ...withoutKey(input), dry_run: true });
      return askForConfirmation(operation, { input, would: would as string[] }, mint);
    }
  }
  const answer = await run(input);
  const link = client.links ? linkIn(answer, dependencies.config) : undefined;
  if (link === undefined) return toolResult(fence(answer));
  return offerLink(link, { asked: 'open', tool: operation.name, answer }, mint);
}

/** The operation has run already, and the client has offered its link: the person who took it needs it no more. */
function answerOfOfferedLink({ operation, fence, context: { mcpReq } }: ToolCall): CallToolResult | undefined {
  const round = mcpReq.requestState<Round>();
  if (round?.asked !== 'open' || round.tool !== operation.name) return undefined;
  const response = inputResponse(mcpReq.inputResponses, 'open');
  const taken = response.kind === 'elicit' && response.action === 'accept';
  return toolResult(fence(taken ? (operation.forReplay?.(round.answer) ?? round.answer) : round.answer));
}
