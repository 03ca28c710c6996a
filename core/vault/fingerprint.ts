/**
 * What people and apps see of a secret (invariant 1): its beginning up to the last separator of a public prefix and its
 * last four characters, `sk_live…4f2a`. Of a short secret nothing is shown.
 */
export function fingerprint(secret: string): string {
  if (secret.length < 20) return '…';
  const prefix = /^[A-Za-z]{1,8}(?:[_-][A-Za-z]{1,8})?(?=[_-])/.exec(secret)?.[0] ?? '';
  return `${prefix}…${secret.slice(-4)}`;
}
