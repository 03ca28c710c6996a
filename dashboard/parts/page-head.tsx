import { type ReactNode, useEffect } from 'react';
import { organization } from '../client/boot.ts';
import { shellStrings } from '../strings/shell.ts';
import classes from './page-head.module.css';

/** The head of a page: what it is and, in a sentence, what for; also the tab's title. */
export function PageHead({
  title,
  text,
  badge,
  actions,
}: {
  title: string;
  text?: ReactNode;
  badge?: ReactNode;
  actions?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · ${organization.name} · ${shellStrings.product}`;
  }, [title]);
  return (
    <header className={classes.head}>
      <div className={classes.words}>
        <div className={classes.title}>
          <h1>{title}</h1>
          {badge}
        </div>
        {text !== undefined && <p>{text}</p>}
      </div>
      {actions !== undefined && <div className={classes.actions}>{actions}</div>}
    </header>
  );
}
