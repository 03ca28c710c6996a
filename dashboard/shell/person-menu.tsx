import { Avatar, type MantineColorScheme, Menu, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconLogout, IconMoon, IconSun, IconUser } from '@tabler/icons-react';
import { useRef } from 'react';
import { boot, organization } from '../client/boot.ts';
import { serverPage } from '../client/links.ts';
import { csrfToken } from '../client/session.ts';
import { shellStrings } from '../strings/shell.ts';
import classes from './navigation.module.css';

const SCHEMES = [
  { value: 'light', icon: IconSun },
  { value: 'dark', icon: IconMoon },
  { value: 'auto', icon: IconDeviceDesktop },
] as const;

/** Posts the server's own sign-out form: the answer leads to the sign-in page. */
function SignOutForm({ form }: { form: React.RefObject<HTMLFormElement | null> }) {
  return (
    <form method="post" action="/sign-out" ref={form} hidden>
      <input type="hidden" name="csrf_token" value={csrfToken()} />
    </form>
  );
}

export function PersonMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useRef<HTMLFormElement>(null);
  const { name, email } = boot.person;
  return (
    <>
      <SignOutForm form={signOut} />
      <Menu width={236} position="top-start">
        <Menu.Target>
          <UnstyledButton className={classes.menu}>
            <span className="visually-hidden">{shellStrings.account}</span>
            <Avatar size={26} radius="xl" name={name} color="brand" aria-hidden />
            <span className={classes.menuText}>
              <span>{name}</span>
              <small>{organization.role}</small>
            </span>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{email}</Menu.Label>
          <Menu.Item
            component="a"
            href={serverPage('/settings/profile')}
            leftSection={<IconUser size={15} aria-hidden />}
          >
            {shellStrings.profile}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Label>{shellStrings.scheme.label}</Menu.Label>
          <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)}>
            {SCHEMES.map(({ value, icon: SchemeIcon }) => (
              <Menu.RadioItem key={value} value={value} rightSection={<SchemeIcon size={15} aria-hidden />}>
                {shellStrings.scheme[value]}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Divider />
          <Menu.Item leftSection={<IconLogout size={15} aria-hidden />} onClick={() => signOut.current?.submit()}>
            {shellStrings.signOut}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
