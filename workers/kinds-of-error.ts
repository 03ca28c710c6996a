/** An error's kind and code, and those of its causes: `ActivityFailure < PrismaClientKnownRequestError P2039`. */
export function kindsOfError(error: unknown): string {
  const kinds: string[] = [];
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    const { type, code } = current as { type?: unknown; code?: unknown };
    kinds.push([current.name, type, code].filter((part) => typeof part === 'string').join(' '));
  }
  return kinds.join(' < ');
}
