/** What the address of the page may carry. */
export const AUDIT_FILTERS = ['actor', 'action', 'changes', 'status', 'since'] as const;
