export const emailDraftsStrings = {
  noSubject: '(no subject)',
  drafts: {
    title: 'Drafts',
    text: 'They stand in the mailbox’s Drafts folder too. Nothing is sent before somebody sends it.',
    columns: { mail: 'Draft', mailbox: 'Mailbox', by: 'Written by', updated: 'Changed', action: 'Action' },
    states: { sending: 'Being sent', waiting: 'On its way to the mailbox' },
    none: {
      title: 'No drafts',
      text: 'Ask an assistant to draft a reply, and it stands here and in the mailbox until somebody sends or discards it.',
    },
  },
  edit: {
    button: 'Edit',
    title: 'Edit the draft',
    to: 'To',
    cc: 'Cc',
    bcc: 'Bcc',
    addressesHint: 'One address after the other; Enter adds it.',
    subject: 'Subject',
    body: 'Text',
    quote: 'Quoted below it',
    submit: 'Save',
    what: 'the draft',
    saved: 'The draft is saved.',
    onItsWay: 'The draft is saved. The mailbox gets it when it can be reached.',
  },
  send: {
    button: 'Send',
    title: 'Send this mail?',
  },
  discard: {
    button: 'Discard',
    title: 'Discard this draft?',
    done: 'The draft is in the mailbox’s Trash.',
    restored: 'The draft is back.',
  },
} as const;
