import { Link } from '@tanstack/react-router';
import { serverPage } from '../client/links.ts';
import classes from './navigation.module.css';
import type { Section } from './sections.ts';

/** One entry of the navigation. */
export function SectionLink({ section, onFollow }: { section: Section; onFollow?: (() => void) | undefined }) {
  const { label, icon: SectionIcon, to, isServerPage } = section;
  const content = (
    <>
      <SectionIcon size={17} stroke={1.7} aria-hidden />
      {label}
    </>
  );
  if (isServerPage) {
    return (
      <a className={classes.link} href={serverPage(to)}>
        {content}
      </a>
    );
  }
  return (
    <Link
      className={classes.link}
      to={to}
      activeOptions={{ exact: to === '/', includeSearch: false }}
      onClick={onFollow}
    >
      {content}
    </Link>
  );
}
