import { Problem } from '../client/problem.ts';

/** The names of the members that an issue's path leads through: `labels` of `labels.0`. */
const membersOf = (path: string): string[] => path.split('.').filter((part) => !/^\d+$/.test(part));

/** What the server says about each field, by the name of its member and of the one that holds it. */
export function problemsByField(error: Error | null): Record<string, string> {
  if (!(error instanceof Problem)) return {};
  return Object.fromEntries(
    error.issues.flatMap(({ path, message }) => membersOf(path).map((member) => [member, message])),
  );
}

/** An error in sentences for people: one for each field that is wrong, where the server names them. */
export function sentencesOf(error: Error): string[] {
  if (!(error instanceof Problem) || error.issues.length === 0) return [error.message];
  return error.issues.map(({ path, message }) => {
    const field = (membersOf(path).at(-1) ?? '').replaceAll('_', ' ');
    return field === '' ? message : `${field.replace(/^./, (first) => first.toUpperCase())}: ${message}`;
  });
}
