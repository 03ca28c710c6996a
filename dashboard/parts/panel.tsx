import { type ReactNode, useId } from 'react';
import classes from './panel.module.css';

/** A titled part of a page. */
export function Panel({
  title,
  text,
  action,
  flush = false,
  children,
}: {
  title?: string;
  text?: ReactNode;
  action?: ReactNode;
  /** The content reaches the edges: tables. */
  flush?: boolean;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={classes.panel} {...(title !== undefined && { 'aria-labelledby': id })}>
      {title !== undefined && (
        <div className={classes.head}>
          <div>
            <h2 id={id}>{title}</h2>
            {text !== undefined && <p>{text}</p>}
          </div>
          {action}
        </div>
      )}
      <div className={flush ? classes.flush : classes.body}>{children}</div>
    </section>
  );
}
