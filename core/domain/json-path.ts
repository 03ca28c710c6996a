/** A place in a JSON document: `api_key.value`, `data[0].id`. Names and whole numbers only; no search, no wildcard. */
export const JSON_PATH_PATTERN = /^[A-Za-z_$][\w$-]*(\[\d{1,3}\])*(\.[A-Za-z_$][\w$-]*(\[\d{1,3}\])*){0,9}$/;

/**
 * What stands at a path; undefined when nothing does. Only a document's own members are seen.
 * @param path matches `JSON_PATH_PATTERN`
 */
export function atJsonPath(document: unknown, path: string): unknown {
  let place = document;
  for (const [, name, position] of path.matchAll(/([\w$-]+)|\[(\d+)\]/g)) {
    if (position !== undefined) {
      place = Array.isArray(place) ? place[Number(position)] : undefined;
    } else {
      const isObject = typeof place === 'object' && place !== null && !Array.isArray(place);
      place =
        isObject && Object.hasOwn(place as object, name as string)
          ? (place as Record<string, unknown>)[name as string]
          : undefined;
    }
  }
  return place;
}
