/** What the address of the page may carry. */
export const OPERATION_FILTERS = ['actor', 'kind', 'status'] as const;
