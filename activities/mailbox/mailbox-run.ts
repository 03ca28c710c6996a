import type { ImapFlow } from 'imapflow';
import type { Dependencies } from '../../core/dependencies.ts';
import type { Mailbox } from '../../core/store/generated/client.ts';

/** A mailbox's connection, and what is done over it. */
export interface MailboxRun {
  dependencies: Pick<Dependencies, 'database' | 'vault' | 'log'>;
  client: ImapFlow;
  mailbox: Mailbox;
  /** Ends when the watch is called off. */
  signal: AbortSignal;
  /** UIDs that the server said are gone, by folder path (RFC 7162 §3.2.10). */
  vanished: Map<string, Set<number>>;
  /** Paths of folders of which the server told something since they were last looked at. */
  news: Set<string>;
  /** When all flags of a folder were last read, by folder ID; for servers without CONDSTORE. */
  flagsReadAt: Map<string, number>;
  /** So many messages of the mailbox may be here, and so many more than there are. */
  most: number;
  room: number;
}
