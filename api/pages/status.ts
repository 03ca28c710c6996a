import express, { type Request, type Response } from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import {
  type InstallationStatus,
  installationStatus,
  type PartState,
  STATUS_PARTS,
  type StatusPart,
} from '../../core/services/installation-status.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import { badge, heading, type Tone, time } from './views/pieces.ts';

/** However many people look, it is found out anew only this often. */
const KEPT_MS = 5_000;

const PARTS: Record<StatusPart, { name: string; text: string }> = {
  control_plane: { name: 'Dashboard, API and MCP', text: 'what people, scripts and Claude work with' },
  database: { name: 'Database', text: 'agents, credentials, logs and audit' },
  relay: { name: 'Relay', text: 'carries the calls of agents; goes on for a while without the database' },
  background_work: { name: 'Background work', text: 'rotations, alerts, mail and everything else that takes time' },
};

const STATES: Record<PartState, { label: string; tone: Tone }> = {
  operational: { label: 'Operational', tone: 'success' },
  down: { label: 'Down', tone: 'error' },
  unknown: { label: 'Unknown', tone: 'warning' },
};

function partRow(part: StatusPart, status: InstallationStatus): Html {
  const { name, text } = PARTS[part];
  const { label, tone } = STATES[status[part]];
  return html`<li><span><strong>${name}</strong><small>${text}</small></span>${badge(label, tone)}</li>`;
}

/** `/status`: for everybody, without signing in. */
export function createStatusRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();
  let known: { at: Date; status: Promise<InstallationStatus> } | undefined;

  router.get('/status', async (_request: Request, response: Response) => {
    if (known === undefined || Date.now() - known.at.getTime() > KEPT_MS) {
      known = { at: new Date(), status: installationStatus(dependencies) };
    }
    const { at } = known;
    const status = await known.status;
    const isWell = STATUS_PARTS.every((part) => status[part] === 'operational');
    renderPage(response, {
      title: 'Status',
      body: html`${heading('Status', isWell ? 'Everything works.' : 'Not everything works at the moment.')}
<ul class="parts">${STATUS_PARTS.map((part) => partRow(part, status))}</ul>
<p class="hint">As of ${time(at)}. Load the page again for what is now.</p>`,
    });
  });

  return router;
}
