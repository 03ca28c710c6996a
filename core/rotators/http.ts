import type { z } from 'zod';
import type { httpRotator } from '../domain/rotators.ts';
import { isPassing, passingFailure } from './answers.ts';
import type { KeyProvider, RotatorContext, TryOut } from './key-provider.ts';
import { RotatorError } from './rotator.ts';
import { createTemplateProvider, sendTemplate } from './template-provider.ts';

export type HttpSettings = z.output<typeof httpRotator>;

/** A provider that the settings describe request by request. */
export function createHttpProvider(settings: HttpSettings, context: RotatorContext): KeyProvider {
  return createTemplateProvider(settings, context, {
    settlingSeconds: settings.settling_seconds,
    tryOut: settings.verify === undefined ? null : tryOutBy(settings.verify, context),
  });
}

function tryOutBy(verify: NonNullable<HttpSettings['verify']>, context: RotatorContext): TryOut {
  return async (secret) => {
    const { status, host, headers } = await sendTemplate(context, verify.request, { secret });
    const isAccepted = verify.accepted_statuses?.includes(status) ?? (status >= 200 && status <= 299);
    if (isAccepted) return { outcome: 'accepted' };
    if (verify.refused_statuses.includes(status)) return { outcome: 'refused', status };
    if (isPassing(status)) throw passingFailure(host, status, headers.get('retry-after'));
    throw new RotatorError(
      'permanent',
      `${host} answered ${status} to the verify request, which tells nothing. Put it into accepted_statuses or refused_statuses, or change the request.`,
    );
  };
}
