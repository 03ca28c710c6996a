import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, memo, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import classes from './data-table.module.css';

export interface Column<Row> {
  name: string;
  /** A track of a CSS grid, such as `minmax(160px, 2fr)`. */
  width: string;
  align?: 'end';
  cell: (row: Row) => ReactNode;
  /** Instead of the name in the head, where the cells need none: buttons. */
  head?: ReactNode;
}

interface Listed<Row> {
  /** What it lists, for screen readers. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  idOf: (row: Row) => string;
  /** Low rows, for lists that are read like a log. */
  dense?: boolean;
  /** Called when the end comes near. */
  onNearEnd?: () => void;
  /** What stands below a row that is opened. */
  detail?: (row: Row) => ReactNode;
}

const ROW_PX = 49;
const DENSE_ROW_PX = 37;
/** As in the stylesheet. */
const GAP_PX = 16;
const SIDE_PX = 18;
const OVERSCAN = 12;
const NEAR_END_ROWS = 30;

function Cells<Item>({ row, columns, detail }: Pick<Listed<Item>, 'columns' | 'detail'> & { row: Item }) {
  return (
    <>
      {columns.map(({ name, align, head, cell }) => {
        const content = cell(row);
        return (
          <div
            key={name}
            role="cell"
            data-name={head === undefined ? name : undefined}
            data-align={align}
            className={classes.cell}
            title={typeof content === 'string' ? content : undefined}
          >
            {content}
          </div>
        );
      })}
      {detail?.(row)}
    </>
  );
}

/** What stays in sight while one scrolls is not rendered again. */
const Row = memo(Cells) as typeof Cells;

/** What the tracks, the gaps between them and the row's sides take at least; each track begins with its least width. */
function leastWidth(widths: readonly string[]): number {
  const tracks = widths.reduce((sum, width) => sum + Number(/(\d+)px/.exec(width)?.[1] ?? 0), 0);
  return tracks + GAP_PX * (widths.length - 1) + 2 * SIDE_PX;
}

/**
 * A table that renders only the rows in sight, however many there are, and scrolls with the page. Where there is little
 * room, as on a phone, each row is a small card, its cells named by their columns; with a little more it scrolls sideways.
 * A link with the class `row-link` in a row reaches over all of it.
 */
export function DataTable<Item>({ label, columns, rows, idOf, dense = false, onNearEnd, detail }: Listed<Item>) {
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY), []);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => (dense ? DENSE_ROW_PX : ROW_PX),
    overscan: OVERSCAN,
    scrollMargin: top,
    getItemKey: (index) => idOf(rows[index] as Item),
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - NEAR_END_ROWS) onNearEnd?.();
  }, [last, rows.length, onNearEnd]);
  const widths = columns.map(({ width }) => width);
  const tracks = { '--tracks': widths.join(' '), '--least': `${leastWidth(widths)}px` } as CSSProperties;
  return (
    <div
      role="table"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      className={classes.table}
      data-dense={dense || undefined}
      style={tracks}
    >
      <div role="row" className={classes.head}>
        {columns.map(({ name, align, head }) => (
          <div key={name} role="columnheader" data-align={align}>
            {head ?? name}
          </div>
        ))}
      </div>
      <div ref={list} role="rowgroup" className={classes.body} style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ index, key, start }) => (
          <div
            key={key}
            role="row"
            ref={virtualizer.measureElement}
            data-index={index}
            aria-rowindex={index + 2}
            className={classes.row}
            style={{ transform: `translateY(${start - top}px)` }}
          >
            <Row row={rows[index] as Item} columns={columns} {...(detail && { detail })} />
          </div>
        ))}
      </div>
    </div>
  );
}
