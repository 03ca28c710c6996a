/** What the address of the page may carry. */
export const ALERT_FILTERS = ['state', 'agent', 'alert'] as const;
