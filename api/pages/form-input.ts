import type { Request } from 'express';
import { z } from 'zod';
import { limitWords } from '../../core/domain/limit-words.ts';
import { PublicError } from '../../core/errors.ts';
import type { Visitor } from '../../core/services/sessions.ts';
import type { Html } from './html.ts';
import { notice } from './views/pieces.ts';

/** A form as it is shown again: what was typed, and what is wrong with it. */
export interface FormState {
  values: Record<string, string>;
  /** By field. */
  errors: Record<string, string>;
  /** What concerns no field. */
  problem?: string;
  status: number;
}

export const UNTOUCHED: FormState = { values: {}, errors: {}, status: 200 };

/** What was typed; a field that came twice counts once. */
export function typed(request: Request): Record<string, string> {
  const body = Object.entries((request.body ?? {}) as Record<string, unknown>);
  return Object.fromEntries(body.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Where the request comes from. */
export function visitorOf(request: Request): Visitor {
  return { address: request.ip ?? 'unknown', userAgent: request.headers['user-agent'] ?? '' };
}

/** @throws PublicError `invalid_request` with an issue for each wrong field */
export function readFields<Schema extends z.ZodObject>(schema: Schema, request: Request): z.output<Schema> {
  const parsed = schema.safeParse(request.body ?? {}, { error: limitWords });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new PublicError('invalid_request', 'Some fields need another look.', { issues });
}

/**
 * What a refused form says. Errors that the person cannot mend by changing the form are thrown on.
 * @throws the error itself, when it is not about the form
 */
export function refusedForm(request: Request, error: unknown): FormState {
  if (!(error instanceof PublicError) || error.status >= 500 || error.code === 'reauthentication_required') throw error;
  const { status, issues = [] } = error;
  const errors = Object.fromEntries(issues.map(({ path, message }) => [path.split('.')[0] ?? '', message]));
  return { values: typed(request), errors, status, ...(issues.length === 0 && { problem: error.detail }) };
}

/** Says above the fields what concerns none of them. */
export function problemNotice({ problem }: FormState): Html | null {
  return problem === undefined ? null : notice('error', problem);
}

export const requiredText = (message: string) => z.string({ error: message }).min(1, message);
