import { csrfTokenFor } from '../../api/sessions/csrf.ts';
import type { Caller } from '../../core/domain/caller.ts';
import type { OperationDefinition } from '../../core/operations/define-operation.ts';
import { MOST_SAVED } from '../../core/services/grant-calls.ts';
import { createSession } from '../../core/services/sessions.ts';
import { createApiTokenFor } from '../api/rest/api-token.ts';
import { callMcp, connect, mcpAnswer, type RunningApp } from '../servers/connected-app.ts';

/** What came back through a door. */
export interface Outcome {
  /** The error's code; undefined where the call succeeded. */
  code: string | undefined;
  /** All of the answer. */
  text: string;
}

/** A way in from outside: the same operations, whoever carries them. */
export interface Door {
  name: string;
  opensFor(operation: OperationDefinition): boolean;
  call(operation: OperationDefinition, input: Record<string, unknown>): Promise<Outcome>;
}

/** All ways in that a person has: REST with an API token and in a session, and MCP through an app allowed everything. */
export async function openDoors(app: RunningApp, person: Caller): Promise<Door[]> {
  const apiToken = await createApiTokenFor(app.dependencies, person);
  return [
    {
      name: 'REST with an API token',
      opensFor: ({ personOnly }) => !personOnly,
      call: (operation, input) => callRest(app.url, operation, input, { authorization: `Bearer ${apiToken}` }),
    },
    await openSession(app, person),
    await openMcp(app, person),
  ];
}

async function openSession({ url, dependencies }: RunningApp, { person }: Caller): Promise<Door> {
  const presented = await dependencies.database.inInstance((transaction) =>
    createSession(transaction, person.id, { address: '127.0.0.1', userAgent: 'test' }),
  );
  const session = await dependencies.database.inInstance((transaction) =>
    transaction.session.findFirstOrThrow({ where: { personId: person.id }, orderBy: { createdAt: 'desc' } }),
  );
  const headers = { cookie: `ag_session=${presented}`, 'x-csrf-token': await csrfTokenFor(dependencies, session) };
  return {
    name: 'REST in a session',
    opensFor: () => true,
    call: (operation, input) => callRest(url, operation, input, headers),
  };
}

async function openMcp(app: RunningApp, person: Caller): Promise<Door> {
  let { tokens } = await connect(app, person);
  let callsLeft = MOST_SAVED / 2;
  return {
    name: 'MCP',
    opensFor: ({ restOnly, personOnly }) => !restOnly && !personOnly,
    async call({ name }, input) {
      // Attempts come faster than one grant may call.
      if (callsLeft === 0) [{ tokens }, callsLeft] = [await connect(app, person), MOST_SAVED / 2];
      callsLeft -= 1;
      const message = { method: 'tools/call', params: { name, arguments: input } };
      const { result, error } = await mcpAnswer(await callMcp(app.url, tokens.access_token, message));
      const text = JSON.stringify(result ?? error);
      const told = (result?.content as { text?: string }[] | undefined)?.[0]?.text ?? '';
      const isRefused = error !== undefined || result?.isError === true;
      return { code: isRefused ? (/^(\w+):/.exec(told)?.[1] ?? 'forbidden') : undefined, text };
    },
  };
}

async function callRest(
  url: string,
  { rest }: OperationDefinition,
  input: Record<string, unknown>,
  headers: Record<string, string>,
): Promise<Outcome> {
  const members = new Map(Object.entries(input));
  const path = rest.path.replace(/\{(\w+)\}/g, (_, member: string) => {
    const value = encodeURIComponent(String(members.get(member)));
    members.delete(member);
    return value;
  });
  const target = new URL(`/api/v1${path}`, url);
  const hasBody = rest.method !== 'GET';
  if (!hasBody) for (const [name, value] of members) target.searchParams.set(name, String(value));
  const response = await fetch(target, {
    method: rest.method,
    headers: { ...headers, ...(hasBody && { 'content-type': 'application/json' }) },
    ...(hasBody && { body: JSON.stringify(Object.fromEntries(members)) }),
  });
  const text = await response.text();
  return { code: response.ok ? undefined : (JSON.parse(text) as { code: string }).code, text };
}
