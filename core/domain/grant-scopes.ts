/** What a grant allows, and until when it also writes; null: no end is set. */
export interface GrantedScopes {
  scopes: string[];
  writesUntil: Date | null;
}

/** What a grant allows at this moment. It holds whether or not anything noted yet that the time to write is over. */
export function scopesNow({ scopes, writesUntil }: GrantedScopes, now: Date = new Date()): string[] {
  return writesUntil !== null && writesUntil <= now ? readingScopes(scopes) : scopes;
}

/** The same areas, for reading only. */
export function readingScopes(scopes: readonly string[]): string[] {
  return [...new Set(scopes.map((scope) => scope.replace(/:write$/, ':read')))];
}
