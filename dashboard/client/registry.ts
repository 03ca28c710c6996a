import type { z } from 'zod';
import type { operations } from '../../core/operations/index.ts';

type Registered = (typeof operations)[number];

/** Each operation of the registry by its name. */
type Registry = {
  [Operation in Registered as string extends Operation['name'] ? never : Operation['name']]: Operation;
};

export type OperationName = keyof Registry;

type InputOfPeople<Schema extends z.ZodObject> = keyof Schema['shape'] extends never ? unknown : z.input<Schema>;

type OfPeople<Name extends OperationName> = InputOfPeople<NonNullable<Registry[Name]['inputOfPeople']>>;

/** What a person may send to an operation: a member that is for people takes the place of its namesake. */
export type Input<Name extends OperationName> = Omit<z.input<Registry[Name]['input']>, keyof OfPeople<Name>> &
  OfPeople<Name>;

/** What an operation answers. */
export type Output<Name extends OperationName> = z.output<Registry[Name]['output']>;

/** One item of a list's answer. */
export type Item<Name extends OperationName> = Output<Name> extends { items: (infer Each)[] } ? Each : never;
