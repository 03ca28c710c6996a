export const approvalsStrings = {
  title: 'Approval policy',
  text: 'What an app or person asks for and a manager or admin has to approve before it happens. An app never approves anything.',
  what: 'Needs approval',
  whatText: 'It holds for operations asked for from now on. What waits is under Operations, and tells managers.',
  actions: {
    rotate: { name: 'Rotating', text: 'a credential or an agent key' },
    delete: { name: 'Deleting', text: 'an agent' },
    send: { name: 'Sending', text: 'an e-mail' },
  },
  secondPerson: { name: 'A second person', text: 'Who asked, also through an app, may not approve it themselves.' },
  saved: 'The policy is changed.',
} as const;
