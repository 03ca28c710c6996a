import { Link, type LinkProps } from '@tanstack/react-router';
import classes from './page-tabs.module.css';

/** Pages that belong together, below the head of each. */
export function PageTabs({ label, tabs }: { label: string; tabs: readonly { label: string; to: LinkProps['to'] }[] }) {
  return (
    <nav className={classes.tabs} aria-label={label}>
      {tabs.map((tab) => (
        <Link key={tab.label} className={classes.tab} to={tab.to} activeOptions={{ exact: true, includeSearch: false }}>
          {tab.label}
        </Link>
      ))}
    </nav>
  );
}
