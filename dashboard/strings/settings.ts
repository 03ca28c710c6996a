export const settingsStrings = {
  title: 'Settings',
  groups: { own: 'Yours', organization: 'Organization' },
  pages: {
    connect: 'Connect to Claude',
    connectedApps: 'Connected apps',
    apiTokens: 'API tokens',
    profile: 'Your profile',
    usage: 'Plan and usage',
    members: 'Members',
    approvals: 'Approval policy',
    channels: 'Alert channels',
    mailboxes: 'Mailboxes',
  },
  adminOnly: {
    title: 'For admins',
    text: (what: string) => `${what} are administered by the organization’s admins. Ask one of them.`,
  },
} as const;
