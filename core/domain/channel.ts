/** The ways in which an alert can reach people and programs outside. */
export const CHANNEL_KINDS = ['email', 'webhook', 'slack'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** Of one channel: all of them stand in one mail. */
export const MOST_ADDRESSES = 20;

/** Of one organization, not counting deleted ones. */
export const MOST_CHANNELS = 50;

/** Mails that one organization's channels send in an hour: who administers one names strangers, in this installation's name. */
export const MOST_MAILS_AN_HOUR = 100;

/** Of one organization in an hour: each reaches somebody outside who may not want it. */
export const MOST_TESTS_AN_HOUR = 10;
