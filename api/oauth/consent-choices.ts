import type { Role } from '../../core/domain/roles.ts';
import { API_SCOPES, type ApiScope, AREAS, type Area, scopesOfRole } from '../../core/domain/scopes.ts';

export const LEVELS = ['none', 'read', 'write'] as const;
export type Level = (typeof LEVELS)[number];

/** A level, and what keeps it from being chosen: the person's role, or that the app did not ask for it. */
export interface LevelChoice {
  level: Level;
  ruledOut: 'role' | 'request' | null;
}

export interface AreaChoice {
  area: Area;
  levels: LevelChoice[];
  selected: Level;
}

const ALL: ReadonlySet<string> = new Set(API_SCOPES);

/** The scopes that a level of an area stands for; writing includes reading. */
function scopesOfLevel(area: Area, level: Level): ApiScope[] {
  const scopes = { none: [], read: [`${area}:read`], write: [`${area}:read`, `${area}:write`] }[level];
  return scopes as ApiScope[];
}

/**
 * What a person may allow an app: what it asked for, within the person's role. Preselected is the most of it, or
 * reading only.
 * @param asked scopes, as `normaliseScope` leaves them
 */
export function areaChoices(asked: ReadonlySet<string>, role: Role, readOnly: boolean): AreaChoice[] {
  const allowed: ReadonlySet<string> = new Set(scopesOfRole(role));
  return AREAS.map((area) => {
    const levels = LEVELS.filter((level) => scopesOfLevel(area, level).every((scope) => ALL.has(scope))).map(
      (level): LevelChoice => {
        const scopes = scopesOfLevel(area, level);
        if (!scopes.every((scope) => allowed.has(scope))) return { level, ruledOut: 'role' };
        return { level, ruledOut: scopes.every((scope) => asked.has(scope)) ? null : 'request' };
      },
    );
    const open = levels.filter(({ level, ruledOut }) => ruledOut === null && !(readOnly && level === 'write'));
    return { area, levels, selected: open.at(-1)?.level ?? 'none' };
  });
}

/**
 * The scopes of a posted form. What is missing or cannot be chosen counts as none, so a forged form gains nothing.
 * @param fields `area_<area>` = `none`, `read` or `write`
 */
export function chosenScopes(choices: AreaChoice[], fields: Record<string, unknown>): ApiScope[] {
  return choices.flatMap(({ area, levels }) => {
    const chosen = levels.find(({ level, ruledOut }) => level === fields[`area_${area}`] && ruledOut === null);
    return chosen === undefined ? [] : scopesOfLevel(area, chosen.level);
  });
}
