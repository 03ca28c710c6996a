import { Problem } from '../client/problem.ts';

/** What the server says about each field, by the name of its member. */
export function problemsByField(error: Error | null): Record<string, string> {
  if (!(error instanceof Problem)) return {};
  return Object.fromEntries(error.issues.map(({ path, message }) => [path.split('.')[0] ?? '', message]));
}
