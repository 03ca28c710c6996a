import { z } from 'zod';
import { MAIL_PROVIDERS } from '../domain/mail-providers.ts';
import { MAIL_TLS } from '../domain/mailbox.ts';
import { defineOperation } from './define-operation.ts';

const server = z.object({ host: z.string(), port: z.int(), tls: z.enum(MAIL_TLS) });

export const listMailProviders = defineOperation({
  name: 'list_mail_providers',
  title: 'List mail providers',
  kind: 'R',
  area: 'email',
  restOnly: true,
  description: 'Providers whose servers need not be looked up, and how one signs in there.',
  examples: [{}],
  input: z.strictObject({}),
  output: z.object({
    items: z.array(
      z.object({
        name: z.string(),
        title: z.string(),
        imap: server,
        smtp: server,
        sign_in: z.string(),
        oauth2: z.object({ token_url: z.string(), scope: z.string() }).nullable(),
      }),
    ),
  }),
  rest: { method: 'GET', path: '/mail-providers' },
  run: async () => ({ items: [...MAIL_PROVIDERS] }),
});
