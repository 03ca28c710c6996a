import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { organization } from './boot.ts';
import { call } from './call.ts';
import { isChangedMeanwhile, isTransient } from './problem.ts';
import type { Input, OperationName, Output } from './registry.ts';

/** `randomUUID` is there on https and localhost only. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join('');
}

/** What a person asked for, its idempotency key, and the answer while it is under way. */
interface Wish<Answer> {
  input: string;
  key: string;
  answer: Promise<Answer> | null;
}

/**
 * A changing operation. Everything on the page is read anew afterwards, and where it turns out to be old. Sent again after a
 * failure that may pass, the same wish carries the same idempotency key: what a lost answer told of is not done twice. Asked
 * for twice at once, as by a double click, it is sent once: the repeated request's answer would lack what is shown only once.
 * @param options `keepsEverything`: it only tells what would happen
 */
export function useAction<Name extends OperationName>(
  name: Name,
  { keepsEverything = false } = {},
): UseMutationResult<Output<Name>, Error, Input<Name>> {
  const queryClient = useQueryClient();
  const wish = useRef<Wish<Output<Name>> | null>(null);
  return useMutation<Output<Name>, Error, Input<Name>>({
    mutationFn: (input) => {
      const text = JSON.stringify(input);
      if (wish.current?.input !== text) wish.current = { input: text, key: newKey(), answer: null };
      const { key } = wish.current;
      wish.current.answer ??= call(name, input, keepsEverything ? {} : { idempotencyKey: key });
      return wish.current.answer;
    },
    onSuccess: () => {
      wish.current = null;
      if (!keepsEverything) void queryClient.invalidateQueries({ queryKey: [organization.id] });
    },
    onError: (error) => {
      const { current } = wish;
      wish.current = isTransient(error) && current !== null ? { ...current, answer: null } : null;
      if (isChangedMeanwhile(error)) void queryClient.invalidateQueries({ queryKey: [organization.id] });
    },
  });
}
