import { z } from 'zod';

/** The members of answers that hold or quote what others wrote: people, apps, callers of the relay, upstreams. */
export const writtenByOthers = z.registry<{ writtenByOthers: true }>();

/** Free text that others wrote. Where a model reads it, it is fenced as data. */
export const othersText = () => z.string().register(writtenByOthers, { writtenByOthers: true });

/** The same for values of any form, with every text in them. */
export const othersValues = () =>
  z.record(z.string(), z.unknown()).register(writtenByOthers, { writtenByOthers: true });
