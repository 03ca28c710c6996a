import { paths } from '../../paths.ts';
import { emailStrings } from '../../strings/email.ts';

/** The pages of e-mail. */
export const EMAIL_TABS = [
  { label: emailStrings.tabs.threads, to: paths.email },
  { label: emailStrings.tabs.drafts, to: paths.emailDrafts },
  { label: emailStrings.tabs.outbox, to: paths.emailOutbox },
] as const;
