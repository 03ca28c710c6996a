import { z } from 'zod';
import { emailAddress, organizationName, personName } from '../../core/services/people.ts';
import { requiredText } from './form-input.ts';

/** Fields that several forms share, with what to say when they are wrong. */
const told = <Schema extends z.ZodType>(schema: Schema, message: string) =>
  z.string({ error: message }).transform((value, context) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export const emailField = told(emailAddress, 'Enter an e-mail address, such as kim@example.com.');
export const personNameField = told(personName, 'Enter your name, at most 100 characters.');
export const organizationField = told(organizationName, 'Enter a name, at most 100 characters.');
export const passwordField = requiredText('Enter a password.');
export const codeField = requiredText('Enter the code.');
export const PASSWORD_HINT = 'At least 10 characters. A few random words work well.';
