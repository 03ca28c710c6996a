export const auditStrings = {
  title: 'Audit',
  text: 'What people, apps and the system did, and what was refused. Each event is linked into a signed chain, so that nobody can change it unseen.',
  table: 'Audit events',
  columns: { time: 'Time', actor: 'Who', action: 'Did', target: 'To', status: 'Outcome' },
  filters: {
    actor: 'Who',
    actorHint: 'Name, app or token',
    action: 'Action',
    actionHint: 'Any action',
    show: 'Show',
    everything: 'Everything',
    showChoices: [{ value: 'true', label: 'Changes only' }],
  },
  through: (app: string) => `through ${app}`,
  facts: {
    action: 'Action',
    outcome: 'Outcome',
    actor: 'Who',
    target: 'Target',
    touched: 'Also changed',
    arguments: 'With',
    operation: 'Operation',
    request: 'Request ID',
    time: 'Time',
    id: 'Event ID',
  },
  followOperation: 'Follow the operation',
  noneFound: {
    title: 'Nothing matches',
    text: 'No event of this time is of that person, action and status. Take a filter away, or look further back.',
  },
  noneYet: {
    title: 'Nothing happened lately',
    text: 'Everything that people and apps do here is written down, reads and refusals too. Look further back to see older events.',
  },
  exportAll: 'Export chain',
  exportedAll: 'The whole chain is saved.',
  verify: {
    button: 'Verify chain',
    title: 'Verify the audit trail',
    text: 'Recomputes every link of the chain and holds it against the signed heads: finds events that were changed, removed, reordered or slipped in.',
    kept: (count: number) =>
      count === 0
        ? 'This browser keeps the head it gets now, and holds the chain against it from the next time on.'
        : `Also held against ${count === 1 ? 'the head' : `the ${count} heads`} that this browser kept from earlier times: what they sign cannot be rewritten unseen.`,
    running: 'Verifying…',
    again: 'Verify again',
    good: (events: number) => `All ${events.toLocaleString('en')} events are as they were written.`,
    bad: (problems: number) =>
      `${problems.toLocaleString('en')} ${problems === 1 ? 'problem was' : 'problems were'} found.`,
    waiting: (events: number) =>
      `${events.toLocaleString('en')} events are not chained for over a minute: the workers do not run.`,
    sequence: (sequence: number) => `Event ${sequence.toLocaleString('en')}`,
    head: 'Signed head',
    headText: 'Keep it outside of this installation: with it, anybody can verify later that nothing before it changed.',
  },
} as const;
