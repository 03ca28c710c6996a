import { useNavigate, useSearch } from '@tanstack/react-router';

/** Filters as the address carries them. The router reads digits as a number, and `true` as what it means. */
export type Filters<Name extends string> = { [Key in Name]?: string | number | true };

/** What of an address is one of these filters; for a route's `validateSearch`. */
export function readFilters<const Name extends string>(names: readonly Name[]) {
  return (search: Record<string, unknown>): Filters<Name> => {
    const known = names.flatMap((name) => {
      const value = search[name];
      return (typeof value === 'string' && value !== '') || typeof value === 'number' || value === true
        ? [[name, value]]
        : [];
    });
    return Object.fromEntries(known);
  };
}

/** Filters as texts. */
export type FilterValues<Name extends string> = { [Key in Name]?: string };

/** As what the router reads them, so that the address shows them without quotation marks. */
function forAddress(text: string): string | number | true {
  if (text === 'true') return true;
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : text;
}

/**
 * The filters of this page, as texts, and a function that changes some; an empty text takes one away. They stand in the
 * address, so that reloads and links keep them, and typing leaves no trail in the history.
 */
export function useFilters<const Name extends string>(
  names: readonly Name[],
): [filters: FilterValues<Name>, change: (to: FilterValues<Name>) => void] {
  const search = readFilters(names)(useSearch({ strict: false }) as Record<string, unknown>);
  const navigate = useNavigate();
  const filters = Object.fromEntries(Object.entries(search).map(([name, value]) => [name, String(value)]));
  return [
    filters as FilterValues<Name>,
    (to) => {
      const next = Object.entries({ ...filters, ...to }).flatMap(([name, value]) =>
        value === undefined || value === '' ? [] : [[name, forAddress(String(value))]],
      );
      const cleared = Object.fromEntries(names.map((name) => [name, undefined]));
      void navigate({
        to: '.',
        search: (before: object) => ({ ...before, ...cleared, ...Object.fromEntries(next) }),
        replace: true,
      });
    },
  ];
}
