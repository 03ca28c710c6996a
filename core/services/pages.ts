import { looksLikeId } from '../domain/names.ts';
import { isReadable } from '../domain/readable.ts';
import { PublicError } from '../errors.ts';

/** Keeps an answer well under the 20,000 tokens that a tool may answer with. */
const LONGEST_PAGE_BYTES = 48_000;

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** Where the next page begins: the sort value and the ID of the last row shown. */
export interface Position {
  sort: string;
  id: string;
}

function encodeCursor({ sort, id }: Position): string {
  return Buffer.from(JSON.stringify([sort, id])).toString('base64url');
}

/** For `decodeCursor`: the sort value is a time as `Date` writes it. */
export function isTime(sort: string): boolean {
  return /^[12]\d{3}-\d\d-\d\dT[\d:.]+Z$/.test(sort) && !Number.isNaN(Date.parse(sort));
}

/**
 * @param isSort what the list's sort values look like; any text unless told
 * @throws PublicError `invalid_request` for what is no cursor of ours
 */
export function decodeCursor(
  cursor: string | undefined,
  isSort: (sort: string) => boolean = isReadable,
): Position | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [sort, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    if (typeof sort === 'string' && isSort(sort) && typeof id === 'string' && looksLikeId(id)) return { sort, id };
  } catch {}
  throw new PublicError('invalid_request', 'This cursor is none of ours. Leave it out to start at the first page.');
}

/**
 * A page of at most `limit` items and 48 KB.
 * @param rows up to `limit + 1` rows: the one too many tells that there are more
 */
export function toPage<Row, Item>(
  rows: Row[],
  limit: number,
  toItem: (row: Row) => Item,
  positionOf: (row: Row) => Position,
): Page<Item> {
  const items: Item[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, limit)) {
    const item = toItem(row);
    bytes += Buffer.byteLength(JSON.stringify(item));
    if (items.length > 0 && bytes > LONGEST_PAGE_BYTES) break;
    items.push(item);
  }
  const last = rows[items.length - 1];
  return {
    items,
    next_cursor: last !== undefined && rows.length > items.length ? encodeCursor(positionOf(last)) : null,
  };
}
