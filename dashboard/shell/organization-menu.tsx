import { Menu, UnstyledButton } from '@mantine/core';
import { IconCheck, IconPlus, IconSelector } from '@tabler/icons-react';
import { boot, organization } from '../client/boot.ts';
import { paths } from '../paths.ts';
import { shellStrings } from '../strings/shell.ts';
import { Logo } from './logo.tsx';
import classes from './navigation.module.css';

/** The section that a page belongs to: what the page itself shows may not exist in another organization. */
function sectionHere(): string {
  const first = `/${window.location.pathname.split('/')[1] ?? ''}`;
  return (Object.values(paths) as string[]).includes(first) ? first : paths.overview;
}

/**
 * Changes the organization that this tab shows. The page is loaded anew for it, so nothing that was fetched or typed for
 * the one before can show in the other.
 */
export function OrganizationMenu() {
  return (
    <Menu width={236} position="bottom-start">
      <Menu.Target>
        <UnstyledButton className={classes.menu}>
          <Logo />
          <span className="visually-hidden">{shellStrings.organizationMenu}</span>
          <span className={classes.menuText}>
            <strong>{organization.name}</strong>
            <small>{shellStrings.product}</small>
          </span>
          <IconSelector size={15} stroke={1.7} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{shellStrings.organizations}</Menu.Label>
        {boot.organizations.map(({ id, name, role }) => (
          <Menu.Item
            key={id}
            component="a"
            href={`${sectionHere()}?organization=${id}`}
            aria-current={id === organization.id || undefined}
            rightSection={
              id === organization.id ? <IconCheck size={15} aria-hidden /> : <small className="muted">{role}</small>
            }
          >
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item component="a" href="/organizations/new" leftSection={<IconPlus size={15} aria-hidden />}>
          {shellStrings.newOrganization}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
