import type { UseFormReturnType } from '@mantine/form';
import type { MAILBOX_RIGHTS } from '../../../../core/domain/mailbox.ts';
import type { Input, Output } from '../../../client/registry.ts';

export type MailboxSettings = Output<'get_mailbox'>['mailbox'];
export type MailboxRight = (typeof MAILBOX_RIGHTS)[number];

interface ServerFields {
  host: string;
  port: number | string;
  tls: string;
}

/** What is typed about a mailbox. */
export interface MailboxFields {
  name: string;
  imap: ServerFields;
  smtp: ServerFields;
  login: string;
  signIn: 'password' | 'oauth2';
  password: string;
  grant: 'refresh_token' | 'client_credentials';
  tokenUrl: string;
  clientId: string;
  scope: string;
  /** Names of credentials in the vault. */
  credential: string | null;
  clientSecret: string | null;
  /** E-mail addresses of members; null: all of them. */
  rights: Record<MailboxRight, string[] | null>;
  recipientsAllowed: string[];
  recipientsBlocked: string[];
  sendsPerHour: number | string;
}

export type MailboxForm = UseFormReturnType<MailboxFields>;

export const NEW_MAILBOX: MailboxFields = {
  name: '',
  imap: { host: '', port: 993, tls: 'implicit' },
  smtp: { host: '', port: 465, tls: 'implicit' },
  login: '',
  signIn: 'password',
  password: '',
  grant: 'refresh_token',
  tokenUrl: '',
  clientId: '',
  scope: '',
  credential: null,
  clientSecret: null,
  rights: { read: null, draft: null, send: null },
  recipientsAllowed: [],
  recipientsBlocked: [],
  sendsPerHour: '',
};

export function fieldsOf({ auth, credential, permissions, ...settings }: MailboxSettings): MailboxFields {
  return {
    ...NEW_MAILBOX,
    name: settings.name,
    imap: settings.imap,
    smtp: settings.smtp,
    login: settings.login,
    ...(auth.kind === 'oauth2' && {
      signIn: 'oauth2',
      grant: auth.grant as MailboxFields['grant'],
      tokenUrl: auth.token_url ?? '',
      clientId: auth.client_id ?? '',
      scope: auth.scope ?? '',
      credential,
      clientSecret: auth.client_secret ?? null,
    }),
    rights: permissions,
    recipientsAllowed: settings.recipients_allowed,
    recipientsBlocked: settings.recipients_blocked,
    sendsPerHour: settings.sends_per_hour ?? '',
  };
}

type Connection = Pick<Input<'update_mailbox'>, 'imap' | 'smtp' | 'login' | 'auth' | 'credential' | 'password'>;

/** How the mailbox is reached, as it was typed. Without a password the present one stays. */
export function connectionOf(fields: MailboxFields): Connection {
  const { imap, smtp, login, signIn, password, grant, tokenUrl, clientId, scope, credential, clientSecret } = fields;
  const auth =
    signIn === 'password'
      ? { kind: signIn }
      : {
          kind: signIn,
          grant,
          token_url: tokenUrl,
          client_id: clientId,
          ...(scope !== '' && { scope }),
          ...(grant === 'refresh_token' && clientSecret !== null && { client_secret: clientSecret }),
        };
  return {
    imap,
    smtp,
    auth,
    ...(login !== '' && { login }),
    ...(signIn === 'oauth2' && credential !== null && { credential }),
    ...(signIn === 'password' && password !== '' && { password }),
  } as Connection;
}
