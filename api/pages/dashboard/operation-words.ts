import type { z } from 'zod';
import type { OperationStatus } from '../../../core/domain/long-running.ts';
import type { operationView } from '../../../core/operations/views.ts';
import type { Html } from '../html.ts';
import { badge, type Tone } from '../views/pieces.ts';

export type Operation = z.output<typeof operationView>;

const TONES: Record<OperationStatus, Tone> = {
  accepted: 'info',
  running: 'info',
  waiting: 'warning',
  succeeded: 'success',
  failed: 'error',
  cancelled: 'neutral',
  rolled_back: 'warning',
  unknown: 'warning',
};

export const words = (name: string): string => name.replaceAll('_', ' ');
export const title = (name: string): string => words(name).replace(/^./, (first) => first.toUpperCase());

export function status(operation: Operation): Html {
  return badge(words(operation.status), TONES[operation.status]);
}

export function requester({ requested_by: { name, app } }: Operation): string {
  return app === null ? name : `${name} through ${app}`;
}
