import { EmailFrame } from '../email/email-frame.tsx';
import { DraftsPanel } from './drafts.tsx';

/** `/email/drafts`: what was written and is not sent. */
export function EmailDraftsPage() {
  return <EmailFrame>{() => <DraftsPanel />}</EmailFrame>;
}
