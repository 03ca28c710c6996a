import type { Column } from './data-table.tsx';

/** What columns of buttons have in common: a heading for screen readers alone. */
export function actionColumn(name: string, width: string): Pick<Column<never>, 'name' | 'width' | 'align' | 'head'> {
  return { name, width, align: 'end', head: <span className="visually-hidden">{name}</span> };
}
