import { randomBytes } from 'node:crypto';
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  createRequestStateCodec,
  type ElicitRequestFormParams,
  type InputRequests,
  type InputRequiredResult,
  inputRequired,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

/** What the fixture hands a client to bring back with the person's answers: sealed, since it comes from outside. */
export const fixtureState = createRequestStateCodec<{ round: number }>({ key: randomBytes(32) });

type Properties = ElicitRequestFormParams['requestedSchema']['properties'];

const ask = (message: string, properties: Properties, required: string[] = Object.keys(properties)) =>
  inputRequired.elicit({ message, requestedSchema: { type: 'object', properties, required } });

const askModel = (text: string) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text } }], maxTokens: 100 });

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

const name = () => ask('What is your name?', { name: { type: 'string' } });
const confirm = () => ask('Please confirm', { ok: { type: 'boolean' } });

const accepted = (context: ServerContext, key: string): Record<string, unknown> | undefined =>
  acceptedContent(context.mcpReq.inputResponses, key);

/** The answer to a request under this key, whichever kind it was; undefined while there is none. */
function response(context: ServerContext, key: string): Record<string, unknown> | undefined {
  return context.mcpReq.inputResponses?.[key] as Record<string, unknown> | undefined;
}

type Tool = (context: ServerContext, input: Record<string, string>) => Promise<object> | object;

/** Form fields with a default each (SEP-1034). */
const WITH_DEFAULTS: Properties = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
};

const titled = (prefix: string) => [1, 2, 3].map((each) => ({ const: `value${each}`, title: `${prefix} ${each}` }));
const untitled = ['option1', 'option2', 'option3'];

/** The five ways to choose from a list (SEP-1330). */
const CHOICES = {
  untitledSingle: { type: 'string', enum: untitled },
  titledSingle: { type: 'string', oneOf: titled('Option') },
  legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option 1', 'Option 2', 'Option 3'] },
  untitledMulti: { type: 'array', items: { type: 'string', enum: untitled } },
  titledMulti: { type: 'array', items: { anyOf: titled('Choice') } },
} as Properties;

/** Asks for one form and tells what came back, also a refusal. */
const elicits =
  (form: (input: Record<string, string>) => ReturnType<typeof ask>): Tool =>
  (context, input) => {
    const answer = response(context, 'form');
    return answer === undefined
      ? inputRequired({ inputRequests: { form: form(input) } })
      : text(JSON.stringify(answer));
  };

/** Tools that ask the client's person or model, by name; each is called again with the answers. */
export const INPUT_TOOLS: Record<string, Tool> = {
  test_elicitation: elicits(({ message }) => ask(message ?? '', { response: { type: 'string' } })),
  test_elicitation_sep1034_defaults: elicits(() => ask('Please review the form', WITH_DEFAULTS, [])),
  test_elicitation_sep1330_enums: elicits(() => ask('Please choose', CHOICES, [])),

  test_sampling(context, { prompt }) {
    const answer = response(context, 'model');
    if (answer === undefined) return inputRequired({ inputRequests: { model: askModel(prompt ?? '') } });
    return text(`LLM response: ${JSON.stringify(answer)}`);
  },

  test_missing_capability: () => inputRequired({ inputRequests: { model: askModel('Say pong') } }),

  test_input_required_result_elicitation(context) {
    const answer = accepted(context, 'user_name');
    if (typeof answer?.name !== 'string') return inputRequired({ inputRequests: { user_name: name() } });
    return text(`Hello, ${answer.name}!`);
  },

  test_input_required_result_sampling(context) {
    const answer = response(context, 'capital_question');
    if (answer !== undefined) return text(JSON.stringify(answer));
    return inputRequired({ inputRequests: { capital_question: askModel('What is the capital of France?') } });
  },

  test_input_required_result_list_roots(context) {
    const answer = response(context, 'client_roots');
    if (answer !== undefined) return text(JSON.stringify(answer));
    return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
  },

  async test_input_required_result_request_state(context) {
    if (accepted(context, 'confirm') !== undefined && context.mcpReq.requestState() !== undefined)
      return text('state-ok');
    return inputRequired({
      inputRequests: { confirm: confirm() },
      requestState: await fixtureState.mint({ round: 1 }),
    });
  },

  async test_input_required_result_tampered_state(context) {
    if (accepted(context, 'confirm') !== undefined && context.mcpReq.requestState() !== undefined)
      return text('integrity-ok');
    return inputRequired({
      inputRequests: { confirm: confirm() },
      requestState: await fixtureState.mint({ round: 1 }),
    });
  },

  async test_input_required_result_multiple_inputs(context) {
    const inputRequests = {
      user_name: name(),
      greeting: askModel('Greet somebody'),
      client_roots: inputRequired.listRoots(),
    };
    if (Object.keys(inputRequests).every((key) => response(context, key) !== undefined)) return text('All answered');
    return inputRequired({ inputRequests, requestState: await fixtureState.mint({ round: 1 }) });
  },

  async test_input_required_result_multi_round(context) {
    const { round = 0 } = context.mcpReq.requestState<{ round: number }>() ?? {};
    const forms = [name(), ask('Which colour do you like?', { color: { type: 'string' } })];
    const form = forms[round];
    if (form === undefined) return text('Both rounds answered');
    const requestState = await fixtureState.mint({ round: round + 1 });
    return inputRequired({ inputRequests: { [`step${round + 1}`]: form }, requestState });
  },

  test_input_required_result_capabilities(context) {
    if (context.mcpReq.inputResponses !== undefined) return text('Answered');
    const envelope = context.mcpReq.envelope as Record<string, ClientCapabilities> | undefined;
    const declared = envelope?.[CLIENT_CAPABILITIES_META_KEY];
    const inputRequests: InputRequests = {
      ...(declared?.elicitation && { user_name: name() }),
      ...(declared?.sampling && { greeting: askModel('Greet somebody') }),
      ...(declared?.roots && { client_roots: inputRequired.listRoots() }),
    };
    return inputRequired({ inputRequests });
  },
};

/** A prompt that asks before it is rendered. */
export function registerAskingPrompt(server: McpServer): void {
  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'Asks before it is rendered', argsSchema: z.object({}) },
    (_input, context): ReturnType<typeof promptText> | InputRequiredResult => {
      const answer = accepted(context, 'user_context');
      if (typeof answer?.context === 'string') return promptText(answer.context);
      return inputRequired({ inputRequests: { user_context: ask('Which context?', { context: { type: 'string' } }) } });
    },
  );
}

function promptText(value: string) {
  return { messages: [{ role: 'user' as const, content: { type: 'text' as const, text: value } }] };
}
