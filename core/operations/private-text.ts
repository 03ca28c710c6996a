import { z } from 'zod';

/** The members of inputs of which the audit trail tells only that they were given. */
export const keptPrivate = z.registry<{ keptPrivate: true }>();

/** What somebody writes, and to whom: whoever reads the audit trail need not be let read mail. */
export function privateText<Schema extends z.ZodType>(schema: Schema): Schema {
  keptPrivate.add(schema, { keptPrivate: true });
  return schema;
}
