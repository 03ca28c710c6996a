import { randomBytes } from 'node:crypto';
import type { Response } from 'express';
import type { BootFacts } from '../../dashboard/client/boot-facts.ts';
import { icon } from '../pages/assets.ts';

/** Scripts and stylesheets come from this site alone; the component kit's style elements carry the answer's nonce. */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** JSON that no HTML parser reads as anything but the text of its element. */
function inElement(facts: BootFacts): string {
  return JSON.stringify(facts).replaceAll('<', '\\u003c');
}

/** Answers with the page that loads the app; it tells whose page it is, so nobody keeps it. */
export function renderShell(response: Response, shell: string, facts: BootFacts): void {
  const nonce = randomBytes(16).toString('base64url');
  const page = shell
    .replaceAll('BOOT_NONCE', nonce)
    .replace('BOOT_ICON', icon.path)
    .replace('"BOOT_FACTS"', () => inElement(facts));
  response
    .set({
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': contentSecurityPolicy(nonce),
      'X-Frame-Options': 'DENY',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    })
    .send(page);
}
