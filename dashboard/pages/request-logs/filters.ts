/** What the address of the page may carry. */
export const REQUEST_LOG_FILTERS = ['agent', 'status', 'since'] as const;
