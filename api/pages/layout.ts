import type { RequestHandler, Response } from 'express';
import type { Config } from '../../core/config.ts';
import type { Visit } from '../sessions/visit.ts';
import { icon, script, stylesheet } from './assets.ts';
import { type Html, html } from './html.ts';
import { logo } from './views/logo.ts';
import { type Section, shell } from './views/shell.ts';

export interface Page {
  title: string;
  body: Html;
  /** The app's frame around the body; without it the body stands on a centred card. */
  shell?: { visit: Visit; section: Section };
  /** A wider card, for pages that list choices. */
  wide?: boolean;
  status?: number;
  /** Origins, or `scheme:`, that a form of this page may lead to besides this site: the redirect of an OAuth client. */
  formTargets?: string[];
}

/** Goes before whatever sends pages: their policy names the script with the origin that browsers know. */
export function knowOrigin({ publicUrl }: Config): RequestHandler {
  const { origin } = new URL(publicUrl);
  return (_request, response, next) => {
    response.locals.origin = origin;
    next();
  };
}

/**
 * Sends a page: nothing frames it, nobody keeps it, and no address of it leaves. It works without its one script, which
 * has each form sent once.
 */
export function renderPage(response: Response, page: Page): void {
  const markup = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} · AgentGateway</title>
<link rel="stylesheet" href="${stylesheet.path}">
<link rel="icon" href="${icon.path}" type="image/svg+xml">
<script src="${script.path}"></script>
</head>
${page.shell === undefined ? card(page) : shell(page.shell.visit, page.shell.section, page.body)}
</html>
`;
  response
    .status(page.status ?? 200)
    .set({
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': contentSecurityPolicy(response.locals.origin, page.formTargets ?? []),
      'X-Frame-Options': 'DENY',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    })
    .send(markup.toString());
}

function contentSecurityPolicy(origin: string, formTargets: string[]): string {
  return [
    "default-src 'none'",
    `script-src ${origin}${script.path}`,
    "style-src 'self'",
    "img-src 'self'",
    ["form-action 'self'", ...formTargets].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

function card({ body, wide }: Page): Html {
  return html`<body class="centred">
<main class="${wide ? 'card wide' : 'card'}">
<div class="brand">${logo()}</div>
${body}
</main>
</body>`;
}
