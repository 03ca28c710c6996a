import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import express from 'express';

/** The parts of the one stylesheet, in the order of the cascade. */
const STYLES = ['base', 'forms', 'pieces', 'shell', 'consent', 'narrow'];

function read(file: string): string {
  return readFileSync(new URL(`./assets/${file}`, import.meta.url), 'utf8');
}

/** The hash in the path changes with the content, so that browsers keep the file for good. */
function asset(name: string, type: string, content: string) {
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 12);
  const [base, extension] = name.split('.');
  return { path: `/assets/${base}-${hash}.${extension}`, type, content };
}

export const stylesheet = asset(
  'app.css',
  'text/css; charset=utf-8',
  STYLES.map((part) => read(`${part}.css`)).join('\n'),
);
/** The pages' one script. */
export const script = asset('once.js', 'text/javascript; charset=utf-8', read('once.js'));
export const icon = asset('icon.svg', 'image/svg+xml', read('icon.svg'));

/** Serves the files that the pages name. */
export function createAssetsRouter(): express.Router {
  const router = express.Router();
  for (const { path, type, content } of [stylesheet, script, icon]) {
    router.get(path, (_request, response) => {
      response
        .set({
          'Content-Type': type,
          'Cache-Control': 'public, max-age=31536000, immutable',
          'X-Content-Type-Options': 'nosniff',
        })
        .send(content);
    });
  }
  return router;
}
