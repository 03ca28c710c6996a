/** A person or list in a header: the name is '' where there is none. */
export interface EmailAddress {
  name: string;
  address: string;
}

/** An address as people read it: `Name <address>`. */
export function writtenAddress({ name, address }: EmailAddress): string {
  return name === '' ? address : `${name} <${address}>`;
}

/** A part of a message that is no text of it, as it is stored in `email_message.attachments`. */
export interface EmailAttachment {
  /** IMAP's part number, such as `2.1`. */
  part: string;
  filename: string;
  /** Lower case, as the sender told it. */
  type: string;
  /** Of the transfer encoding: about a third more than the file. */
  size_bytes: number;
  inline: boolean;
}

/**
 * Why nothing may answer a message by itself (RFC 3834 §2):
 * `bounce` a delivery report or other mail without a return path · `auto_replied`, `auto_generated` as Auto-Submitted
 * tells it · `list` came over a mailing list · `bulk` Precedence says so
 */
export type AutomaticMark = 'bounce' | 'auto_replied' | 'auto_generated' | 'list' | 'bulk';

/** What a delivery report says (RFC 3464), as it is stored in `email_message.bounce`. */
export interface EmailBounce {
  /** Of the mail that it tells of, without angle brackets; null: the report does not name it. */
  message_id: string | null;
  recipients: BouncedRecipient[];
}

export interface BouncedRecipient {
  address: string;
  action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';
  /** RFC 3463, such as `5.1.1`; '' where it is not told. */
  status: string;
}
