import {
  type Icon,
  IconBell,
  IconKey,
  IconLayoutDashboard,
  IconListDetails,
  IconMail,
  IconPlugConnected,
  IconProgressCheck,
  IconSettings,
  IconShieldCheck,
} from '@tabler/icons-react';
import { paths } from '../paths.ts';
import { shellStrings } from '../strings/shell.ts';

export interface Section {
  label: string;
  icon: Icon;
  /** Pressed after `g`, it goes there. */
  shortcut: string;
  /** A page of the app, or one that the server renders. */
  to: string;
  isServerPage?: true;
}

const { sections: labels } = shellStrings;

/** The navigation, in groups. */
export const sections: readonly (readonly Section[])[] = [
  [
    { label: labels.overview, icon: IconLayoutDashboard, shortcut: 'h', to: paths.overview },
    { label: labels.agents, icon: IconPlugConnected, shortcut: 'a', to: paths.agents },
    { label: labels.credentials, icon: IconKey, shortcut: 'c', to: paths.credentials },
    { label: labels.operations, icon: IconProgressCheck, shortcut: 'o', to: paths.operations },
    { label: labels.email, icon: IconMail, shortcut: 'm', to: paths.email },
  ],
  [
    { label: labels.alerts, icon: IconBell, shortcut: 'n', to: paths.alerts },
    { label: labels.requestLogs, icon: IconListDetails, shortcut: 'l', to: paths.requestLogs },
    { label: labels.audit, icon: IconShieldCheck, shortcut: 'u', to: paths.audit },
  ],
  [{ label: labels.settings, icon: IconSettings, shortcut: 's', to: paths.settings }],
];
