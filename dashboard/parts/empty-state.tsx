import type { ReactNode } from 'react';
import classes from './empty-state.module.css';

/** Where nothing is yet: what would be here, what for, and the first step. */
export function EmptyState({
  title,
  text,
  action,
  icon,
  children,
}: {
  title: string;
  text: ReactNode;
  action?: ReactNode;
  icon?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className={classes.empty}>
      {icon !== undefined && (
        <div className={classes.icon} aria-hidden>
          {icon}
        </div>
      )}
      <h3>{title}</h3>
      <p>{text}</p>
      {children}
      {action !== undefined && <div className={classes.action}>{action}</div>}
    </div>
  );
}
