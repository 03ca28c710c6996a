import { PASSWORD_HINT } from './fields.ts';
import type { FormState } from './form-input.ts';
import type { Html } from './html.ts';
import { field } from './views/form.ts';

/** The fields of somebody who begins here: name, e-mail unless it is given, and a password. */
export function accountFields(
  { values, errors }: FormState,
  { withEmail, nameOptional = false }: { withEmail: boolean; nameOptional?: boolean },
): Html[] {
  return [
    field({
      name: 'name',
      label: 'Your name',
      value: values.name,
      error: errors.name,
      autocomplete: 'name',
      optional: nameOptional,
    }),
    ...(withEmail
      ? [
          field({
            name: 'email',
            label: 'E-mail',
            type: 'email',
            value: values.email,
            error: errors.email,
            autocomplete: 'username',
          }),
        ]
      : []),
    field({
      name: 'password',
      label: 'Password',
      type: 'password',
      error: errors.password,
      autocomplete: 'new-password',
      hint: PASSWORD_HINT,
    }),
  ];
}

/** An organization's name, the first field of set-up and sign-up. */
export function organizationNameField({ values, errors }: FormState): Html {
  return field({
    name: 'organization',
    label: 'Organization',
    value: values.organization,
    error: errors.organization,
    autocomplete: 'organization',
    autofocus: true,
    hint: 'Usually your company or team.',
  });
}
