import { NumberInput, PasswordInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useOperation } from '../../../client/use-operation.ts';
import { mailboxesStrings } from '../../../strings/mailboxes.ts';
import type { MailboxForm } from './fields.ts';
import classes from './mailboxes.module.css';

const { form: strings } = mailboxesStrings;

interface Fields {
  form: MailboxForm;
  problems: Record<string, string>;
}

/** Where a mailbox's two servers answer. */
export function ServerFields({ form }: Pick<Fields, 'form'>) {
  return (['imap', 'smtp'] as const).map((kind) => (
    <div key={kind} className={classes.server}>
      <TextInput label={strings[kind]} required spellCheck={false} {...form.getInputProps(`${kind}.host`)} />
      <NumberInput
        label={strings.port}
        min={1}
        max={65_535}
        allowDecimal={false}
        hideControls
        {...form.getInputProps(`${kind}.port`)}
      />
      <Select
        label={strings.tls}
        data={strings.tlsChoices}
        allowDeselect={false}
        {...form.getInputProps(`${kind}.tls`)}
      />
    </div>
  ));
}

function OauthFields({ form, problems }: Fields) {
  const credentials = useOperation('list_credentials', { limit: 200 });
  const choices = { searchable: true, data: (credentials.data?.items ?? []).map(({ name }) => name) };
  const isRefreshed = form.values.grant === 'refresh_token';
  return (
    <>
      <Select label={strings.grant} data={strings.grants} allowDeselect={false} {...form.getInputProps('grant')} />
      <TextInput required label={strings.clientId} spellCheck={false} {...form.getInputProps('clientId')} />
      <TextInput
        required
        label={strings.tokenUrl}
        placeholder="https://"
        spellCheck={false}
        {...form.getInputProps('tokenUrl')}
      />
      <TextInput label={strings.scope} spellCheck={false} {...form.getInputProps('scope')} error={problems.auth} />
      <Select
        required
        label={isRefreshed ? strings.refreshToken : strings.clientSecret}
        description={strings.credentialHint}
        {...choices}
        {...form.getInputProps('credential')}
        error={problems.credential}
      />
      {isRefreshed && (
        <Select
          clearable
          label={strings.clientSecret}
          description={strings.clientSecretHint}
          {...choices}
          {...form.getInputProps('clientSecret')}
        />
      )}
    </>
  );
}

/** How a mailbox signs in at both. Where a password is kept already, an empty one leaves it. */
export function SignInFields({ form, problems, hasPassword }: Fields & { hasPassword: boolean }) {
  return (
    <>
      <SegmentedControl aria-label={strings.signIn} data={[...strings.signIns]} {...form.getInputProps('signIn')} />
      {form.values.signIn === 'password' ? (
        <PasswordInput
          required={!hasPassword}
          label={strings.password}
          description={hasPassword ? strings.passwordStays : strings.passwordHint}
          autoComplete="new-password"
          {...form.getInputProps('password')}
          error={problems.password}
        />
      ) : (
        <OauthFields form={form} problems={problems} />
      )}
      <TextInput
        label={strings.login}
        description={strings.loginHint}
        autoComplete="off"
        {...form.getInputProps('login')}
        error={problems.login}
      />
    </>
  );
}
