import { Link, type LinkProps } from '@tanstack/react-router';
import classes from './back-link.module.css';

/** From one thing to the list of them all, above the page's head. */
export function BackLink({ to, children }: { to: LinkProps['to']; children: string }) {
  return (
    <Link className={classes.back} to={to} activeOptions={{ exact: true }}>
      ← {children}
    </Link>
  );
}
