/** What request logs and audit events share. */
export const logStrings = {
  live: 'Live',
  paused: 'Paused while you read',
  refresh: 'Refresh',
  export: 'Export',
  exported: (rows: number, isAll: boolean) =>
    `${rows.toLocaleString('en')} rows saved as JSON Lines${isAll ? '.' : ': the newest. Narrow the filters for older ones.'}`,
  end: 'That is all there is.',
  fetching: 'Fetching more…',
} as const;
