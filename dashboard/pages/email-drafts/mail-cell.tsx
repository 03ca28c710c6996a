import type { ReactNode } from 'react';
import { emailDraftsStrings as strings } from '../../strings/email-drafts.ts';
import classes from './mail-cell.module.css';

/** A mail in a list: its subject, to whom, and how its text begins. */
export function MailCell({ subject, recipients, text }: { subject: ReactNode; recipients: string; text?: string }) {
  return (
    <span className={classes.mail}>
      <strong>{subject === '' ? strings.noSubject : subject}</strong>
      <small className="muted">{recipients}</small>
      {text !== undefined && <small>{text}</small>}
    </span>
  );
}
