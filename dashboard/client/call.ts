import { routes } from 'virtual:routes';
import { organization } from './boot.ts';
import { reportReached, reportSignedOut, reportUnreachable } from './connection.ts';
import { type Problem, readProblem, Unreachable } from './problem.ts';
import type { Input, OperationName, Output } from './registry.ts';
import { csrfToken } from './session.ts';

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** The same key for the same wish: a repeat of it, also after a lost answer, does nothing twice. */
  idempotencyKey?: string | undefined;
}

/** Puts members into the path that it names; the others are left. */
function fillPath(path: string, input: Record<string, unknown>): { path: string; rest: [string, unknown][] } {
  const named = new Set<string>();
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    named.add(name);
    return encodeURIComponent(String(input[name]));
  });
  const rest = Object.entries(input).filter(([name, value]) => !named.has(name) && value !== undefined);
  return { path: filled, rest };
}

/** The address and body of an operation's call. */
export function requestOf(name: OperationName, input: object): { method: string; url: string; body?: string } {
  const [method, template] = routes[name] ?? [];
  if (method === undefined || template === undefined) throw new Error(`The server has no operation ${name}.`);
  const { path, rest } = fillPath(template, input as Record<string, unknown>);
  const url = `/api/v1${path}`;
  if (method !== 'GET' && method !== 'DELETE') return { method, url, body: JSON.stringify(Object.fromEntries(rest)) };
  const query = new URLSearchParams(rest.map(([key, value]) => [key, String(value)])).toString();
  return { method, url: query === '' ? url : `${url}?${query}` };
}

/** Sends a request of this tab: its organization, its CSRF token; tells the connection what became of it. */
export async function send(url: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('X-AgentGateway-Organization', organization.id);
  headers.set('X-CSRF-Token', csrfToken());
  let response: Response;
  try {
    response = await fetch(url, { ...init, headers, redirect: 'error' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    reportUnreachable();
    throw new Unreachable(error);
  }
  if (response.ok) {
    reportReached();
    return response;
  }
  const problem: Problem | Unreachable = await readProblem(response);
  if (problem instanceof Unreachable) reportUnreachable();
  else if (problem.code === 'unauthenticated') reportSignedOut();
  throw problem;
}

/**
 * Calls an operation of the registry over REST, as the signed-in person in this tab's organization.
 * @throws Problem, Unreachable
 */
export async function call<Name extends OperationName>(
  name: Name,
  input: Input<Name>,
  { signal, idempotencyKey }: CallOptions = {},
): Promise<Output<Name>> {
  const { method, url, body } = requestOf(name, input);
  const response = await send(url, {
    method,
    ...(body !== undefined && { body }),
    ...(signal !== undefined && { signal }),
    headers: {
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
    },
  });
  return response.json();
}
