import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { type DovecotServer, startTestDovecot } from '../../servers/dovecot-server.ts';
import { addMember, seedCaller } from '../../servers/seed.ts';
import { seedMailbox } from '../../servers/seed-mailbox.ts';
import { type SmtpSink, startSmtpSink } from '../../servers/smtp-sink.ts';
import { type Answer, call } from './call.ts';

describeNeeding(['dovecot'], 'mailboxes', () => {
  let dovecot: DovecotServer;
  let smtp: SmtpSink;
  let stack: TestDependencies;
  let admin: Caller;
  let manager: Caller;

  beforeAll(async () => {
    dovecot = await startTestDovecot();
    smtp = await startSmtpSink(dovecot.certificate, {
      onAuth({ username, password }, _session, callback) {
        if (password === dovecot.password) callback(null, { user: username });
        else callback(new Error('5.7.8 not you'));
      },
    });
    stack = await testDependencies({ environment: { AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8,::1/128' } });
    admin = await seedCaller(stack.dependencies.database, 'admin');
    manager = await addMember(stack.dependencies.database, admin, 'manager');
  });
  afterAll(async () => {
    await stack?.stop();
    await smtp?.stop();
    await dovecot?.stop();
  });

  const run = (name: string, input: object, caller = admin): Promise<Answer> =>
    call(stack.dependencies, caller, name, input);
  const settings = (changes: object = {}) => ({
    address: 'support@mail.test',
    imap: { host: 'localhost', port: dovecot.ports.imaps },
    smtp: { host: 'localhost', port: smtp.port },
    password: dovecot.password,
    ...changes,
  });

  test('one is tried step by step, saved with its password in the vault, and synced', async () => {
    const { mailbox, steps } = await run('create_mailbox', settings());
    expect(steps.every(({ outcome }: { outcome: string }) => outcome === 'ok')).toBe(true);
    expect(JSON.stringify(mailbox)).not.toContain(dovecot.password);
    expect(stack.workflows.startedSyncs).toEqual([{ organizationId: admin.organizationId, mailboxId: mailbox.id }]);
    const { credential } = await run('get_credential', { credential: mailbox.credential });
    expect(credential).toMatchObject({ status: 'active', allowed_hosts: ['localhost'] });
    expect(await run('test_mailbox', { mailbox: 'support@' })).toMatchObject({ works: true });
    await expect(run('delete_credential', { credential: mailbox.credential })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(run('create_mailbox', settings())).rejects.toMatchObject({ code: 'conflict' });
  });

  test.each<[string, object, string, string]>([
    ['resolving', { imap: { host: 'nowhere.invalid', port: 993 } }, 'IMAP', 'resolve'],
    ['connecting', { smtp: { host: 'localhost', port: 1 } }, 'SMTP', 'connect'],
    ['TLS', { imap: { host: '127.0.0.2', port: 993 } }, 'IMAP', 'connect'],
    ['signing in', { password: 'wrong' }, 'IMAP', 'sign_in'],
  ])('a failure at %s says so, and nothing is saved', async (_what, changes, server, step) => {
    const error = await run('create_mailbox', settings({ address: 'other@mail.test', ...changes })).catch((e) => e);
    expect(error).toMatchObject({ code: 'mailbox_unusable' });
    const failed = error.members.steps.find(({ outcome }: { outcome: string }) => outcome === 'failed');
    expect(error.members.steps.filter(({ outcome }: { outcome: string }) => outcome === 'failed')).toContainEqual(
      expect.objectContaining({ server, step }),
    );
    expect(failed.message).toMatch(/failed:/);
    await expect(run('get_mailbox', { mailbox: 'other@mail.test' })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('invariant 9: a credential signs in only at hosts that it is allowed to', async () => {
    await run('create_credential', { name: 'elsewhere', value: dovecot.password, allowed_hosts: ['mail.example'] });
    const elsewhere = settings({ address: 'b@mail.test', credential: 'elsewhere', password: undefined });
    await expect(run('create_mailbox', elsewhere)).rejects.toMatchObject({ code: 'host_not_allowed' });
    await run('update_credential', { credential: 'elsewhere', allowed_hosts: ['localhost'] });
    await run('create_mailbox', elsewhere);
    await expect(run('update_credential', { credential: 'elsewhere', allowed_hosts: [] })).rejects.toThrow(
      /b@mail.test/,
    );
  });

  test('admins see a mailbox in which they have no right, and could not give one back else; its mail they do not see', async () => {
    await run('update_mailbox', { mailbox: 'support@', permissions: { read: [], draft: [], send: [] } });
    const { items } = await run('list_mailboxes', {});
    expect(items.find((item: Answer) => item.address === 'support@mail.test')).toMatchObject({ you_may: [] });
    await expect(run('list_email_threads', { mailbox: 'support@' })).rejects.toMatchObject({ code: 'forbidden' });
    await run('update_mailbox', { mailbox: 'support@', permissions: { read: null, draft: null, send: null } });
  });

  test('only those who may use a mailbox see it', async () => {
    const seen = async () => (await run('list_mailboxes', {}, manager)).items.map((item: Answer) => item.address);
    expect(await seen()).toContain('support@mail.test');
    const permissions = { read: [admin.person.email], draft: [admin.person.email], send: [admin.person.email] };
    await run('update_mailbox', { mailbox: 'support@', permissions });
    expect(await seen()).not.toContain('support@mail.test');
    await expect(run('list_email_threads', { mailbox: 'support@' }, manager)).rejects.toMatchObject({
      code: 'forbidden',
    });
    await run('update_mailbox', { mailbox: 'support@', permissions: { read: null } });
    const [shown] = (await run('list_mailboxes', {}, manager)).items.filter((item: Answer) =>
      item.address.startsWith('support'),
    );
    expect(shown).toMatchObject({ you_may: ['read'] });
    await expect(
      run('update_mailbox', { mailbox: 'support@', permissions: { read: ['stranger@mail.test'] } }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('a change of servers is tried before it is saved, and the sync hears of it', async () => {
    const wrong = { mailbox: 'support@', password: 'wrong' };
    await expect(run('update_mailbox', wrong)).rejects.toMatchObject({ code: 'mailbox_unusable' });
    const before = stack.workflows.toldToLook.length;
    const starttls = { imap: { host: 'localhost', port: dovecot.ports.imap, tls: 'starttls' } };
    const { mailbox } = await run('update_mailbox', { mailbox: 'support@', ...starttls });
    expect(mailbox.imap).toEqual({ host: 'localhost', port: dovecot.ports.imap, tls: 'starttls' });
    expect(stack.workflows.toldToLook.slice(before)).toEqual([`mailbox-sync/${mailbox.id}`]);
  });

  test('an organization has at most 100 mailboxes', async () => {
    const owner = await seedCaller(stack.dependencies.database);
    const first = await seedMailbox(stack.dependencies, owner, {
      dovecot,
      address: 'm0@mail.test',
      smtpPort: smtp.port,
    });
    const { id: _id, auth: _auth, permissions: _permissions, ...columns } = first;
    const auth = { kind: 'password' };
    const others = Array.from({ length: 99 }, (_, index) => ({ ...columns, auth, address: `m${index + 1}@mail.test` }));
    await stack.dependencies.database.inOrganization(owner.organizationId, (transaction) =>
      transaction.mailbox.createMany({ data: others }),
    );
    const more = run('create_mailbox', settings({ address: 'm100@mail.test' }), owner);
    await expect(more).rejects.toThrow('at most 100 mailboxes');
  });

  test('invariant 8: one that is deleted comes back with all it had', async () => {
    const { mailbox } = await run('get_mailbox', { mailbox: 'support@' });
    await run('delete_mailbox', { mailbox: 'support@', dry_run: true });
    await run('delete_mailbox', { mailbox: 'support@' });
    await expect(run('get_mailbox', { mailbox: mailbox.id })).rejects.toMatchObject({ code: 'not_found' });
    const restored = await run('restore_mailbox', { mailbox: 'support@mail.test' });
    expect(restored.mailbox).toMatchObject({ id: mailbox.id, imap: mailbox.imap, deleted_at: null });
  });
});
