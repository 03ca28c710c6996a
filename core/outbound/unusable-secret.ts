/** The secret cannot stand where its link puts it. Says nothing of the secret. */
export class UnusableSecretError extends Error {
  override readonly name = 'UnusableSecretError';
}
