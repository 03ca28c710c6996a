import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createInvitation } from '../../../core/operations/create-invitation.ts';
import { invoke } from '../../../core/operations/invoke.ts';
import { findInvitation } from '../../../core/services/invitations.ts';
import { findReset, mailResetLink } from '../../../core/services/password-resets.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { type MailServer, startMailServer } from '../../servers/mail-server.ts';
import { seedCaller } from '../../servers/seed.ts';

let mailServer: MailServer;
let world: TestDependencies;
beforeAll(async () => {
  mailServer = await startMailServer();
  world = await testDependencies({ environment: { SMTP_URL: mailServer.url } });
});
afterAll(async () => {
  await world.stop();
  await mailServer.stop();
});

/** The link's secret part, out of a mail whose long lines may be wrapped (quoted-printable). */
function linkIn(mail: string, path: string): string {
  return new RegExp(`/${path}/([0-9A-Za-z_]+)`).exec(mail.replace(/=\n/g, ''))?.[1] ?? '';
}

describe('mail of the system', () => {
  test('carries an invitation, whose link then stands in no answer', async () => {
    const admin = await seedCaller(world.dependencies.database);
    const input = { email: 'kim@example.test', role: 'operator' };
    const answer = await invoke(createInvitation, { caller: admin, input }, world.dependencies);
    expect(answer).toMatchObject({ mailed: true, url: null });
    const mail = await mailServer.nextMail();
    expect(mail).toContain('To: kim@example.test');
    expect(await findInvitation(world.dependencies, linkIn(mail, 'invitations'))).toMatchObject({ email: input.email });
  });

  test('carries a reset link, and none for an address without an account', async () => {
    const { person } = await seedCaller(world.dependencies.database);
    mailResetLink(world.dependencies, 'nobody@example.test');
    mailResetLink(world.dependencies, person.email);
    const mail = await mailServer.nextMail();
    expect(mail).toContain(`To: ${person.email}`);
    expect(await findReset(world.dependencies, linkIn(mail, 'reset-password'))).toMatchObject({ email: person.email });
  });

  test('tells the inviter when the mail server does not take it', async () => {
    const config = { ...world.dependencies.config, SMTP_URL: 'smtp://127.0.0.1:1' };
    const admin = await seedCaller(world.dependencies.database);
    const input = { email: 'robin@example.test', role: 'operator' };
    const sent = invoke(createInvitation, { caller: admin, input }, { ...world.dependencies, config });
    await expect(sent).rejects.toThrow('Check SMTP_URL');
  });
});
