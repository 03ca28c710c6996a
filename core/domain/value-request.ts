import { DAY_MS } from './times.ts';

/** A value that nobody enters is waited for so long. */
export const VALUE_DAYS = 30;
const REMIND_AFTER_DAYS = [0, 1, 3, 7, 14, 21, 28];
/** From then on admins are asked too. */
const ESCALATE_AFTER_DAYS = 3;

/**
 * Which reminder is the latest that is due, who gets it, and when the next moment comes at which something is to be done.
 * @param askedAt milliseconds since 1970, like `now` and `nextAt`
 */
export function valueMoment(
  askedAt: number,
  now: number,
): { remindedDay: number; toAdmins: boolean; isOver: boolean; nextAt: number } {
  const ageDays = (now - askedAt) / DAY_MS;
  const due = REMIND_AFTER_DAYS.filter((days) => ageDays >= days);
  const nextDay = REMIND_AFTER_DAYS.find((days) => days > ageDays) ?? VALUE_DAYS;
  const remindedDay = due.at(-1) ?? 0;
  return {
    remindedDay,
    toAdmins: remindedDay >= ESCALATE_AFTER_DAYS,
    isOver: ageDays >= VALUE_DAYS,
    nextAt: askedAt + nextDay * DAY_MS,
  };
}
