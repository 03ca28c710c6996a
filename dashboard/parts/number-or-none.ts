/** What a number field holds, where an empty one means that there is none. */
export const numberOrNone = (typed: number | string): number | null => (typed === '' ? null : Number(typed));
