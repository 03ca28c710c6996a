import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { serverPage } from '../../client/links.ts';
import { isAdmin } from '../../client/role.ts';
import { paths } from '../../paths.ts';
import { settingsStrings } from '../../strings/settings.ts';
import classes from './frame.module.css';

const { pages, groups } = settingsStrings;

const GROUPS = [
  {
    title: groups.own,
    links: [
      { label: pages.connect, to: paths.connect },
      { label: pages.connectedApps, to: paths.connectedApps },
      { label: pages.apiTokens, to: paths.apiTokens },
    ],
  },
  {
    title: groups.organization,
    links: [
      { label: pages.usage, to: paths.usage },
      { label: pages.members, to: paths.members, admin: true },
      { label: pages.approvals, to: paths.approvals, admin: true },
      { label: pages.channels, to: paths.channels, admin: true },
      { label: pages.mailboxes, to: paths.mailboxes, admin: true },
    ],
  },
] as const;

/** A page of the settings, beside the list of them all. */
export function SettingsFrame({ children }: { children: ReactNode }) {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone it is a strip that scrolls. Newer browsers answer with a promise, which is no clean-up for React.
    nav.current?.querySelector('[data-status=active]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, []);
  return (
    <div className={classes.frame}>
      <nav ref={nav} className={classes.side} aria-label={settingsStrings.title}>
        {GROUPS.map(({ title, links }) => (
          <section key={title}>
            <h2>{title}</h2>
            <ul>
              {links
                .filter((link) => isAdmin || !('admin' in link))
                .map(({ label, to }) => (
                  <li key={to}>
                    <Link className={classes.link} to={to} activeOptions={{ includeSearch: false }}>
                      {label}
                    </Link>
                  </li>
                ))}
              {title === groups.own && (
                <li>
                  <a className={classes.link} href={serverPage('/settings/profile')}>
                    {pages.profile}
                  </a>
                </li>
              )}
            </ul>
          </section>
        ))}
      </nav>
      <div className={classes.content}>{children}</div>
    </div>
  );
}
