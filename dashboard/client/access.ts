import { AREAS, type Area, scopesAllow } from '../../core/domain/scopes.ts';

/** How far an app or API token may go in an area. */
export type Level = 'none' | 'read' | 'write';

/** The level that these scopes give in each area. */
export function levelsOf(scopes: readonly string[]): Record<Area, Level> {
  const held = new Set(scopes);
  const level = (area: Area): Level => {
    if (held.has(`${area}:write`)) return 'write';
    return scopesAllow(held, `${area}:read`) ? 'read' : 'none';
  };
  return Object.fromEntries(AREAS.map((area) => [area, level(area)])) as Record<Area, Level>;
}

/** The scopes that levels stand for; writing includes reading. */
export function scopesOfLevels(levels: Record<Area, Level>): string[] {
  return AREAS.flatMap((area) => {
    if (levels[area] === 'none') return [];
    return levels[area] === 'read' ? [`${area}:read`] : [`${area}:read`, `${area}:write`];
  });
}

/** "reads and writes agents, email; reads audit" */
export function accessText(scopes: readonly string[]): string {
  const levels = levelsOf(scopes);
  const at = (level: Level) => AREAS.filter((area) => levels[area] === level).join(', ');
  const parts = [at('write') && `reads and writes ${at('write')}`, at('read') && `reads ${at('read')}`];
  return parts.filter(Boolean).join('; ') || 'nothing';
}

/** Who vouches for an app's name: the host of its ID, or nobody. */
export function clientHost(clientId: string): string | null {
  return URL.parse(clientId)?.host || null;
}
