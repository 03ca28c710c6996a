/** The schedule that makes due deliveries; it is also told when there is one that should not wait. */
export const CHANNEL_KEEPING_SCHEDULE = 'channel-keeping';
