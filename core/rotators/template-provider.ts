import { atJsonPath } from '../domain/json-path.ts';
import { placeholdersOf, type RotatorRequest } from '../domain/rotator-request.ts';
import type { KeyRequests } from '../domain/rotators.ts';
import { mintingCall, parseJson, requireSuccess, unreadableKey } from './answers.ts';
import { type Answer, sendBound } from './bound-request.ts';
import { fillRequest, type PlaceholderValues } from './fill-request.ts';
import { adminSecret, type KeyProvider, type RotatorContext, type TryOut } from './key-provider.ts';
import { newMintPlan, requireFreshPlan, requirePlanOver } from './mint-plan.ts';
import {
  type MintedKey,
  type MintPlan,
  type ProviderReference,
  type RevocableVersion,
  RotatorError,
} from './rotator.ts';

const MOST_PAGES = 20;
const LONGEST_VALUE = 16_384;

/** Makes, finds and ends keys by declarative requests. */
export function createTemplateProvider(
  settings: KeyRequests,
  context: RotatorContext,
  { tryOut, settlingSeconds }: { tryOut: TryOut | null; settlingSeconds: number },
): KeyProvider {
  return {
    mints: true,
    settlingSeconds,
    tryOut,
    plan: async (marker) => newMintPlan(marker),
    mint: (plan) => mint(settings, context, plan),
    async find(plan, recorded = []) {
      if (settings.find === undefined) throw unfindable(plan);
      requirePlanOver(plan, settlingSeconds);
      const keys = await list(settings.find, context, plan.marker);
      return keys.filter(({ id }) => !recorded.some((known) => known.id === id));
    },
    revoke: (version) => revoke(settings, context, version),
  };
}

async function mint(
  { mint: { request, value_path, reference_path } }: KeyRequests,
  context: RotatorContext,
  plan: MintPlan,
): Promise<MintedKey> {
  requireFreshPlan(plan);
  const values = { admin_secret: adminSecret(context), marker: plan.marker };
  const answer = await mintingCall(() => sendTemplate(context, request, values));
  const document = readMinted(answer);
  const value = atJsonPath(document, value_path);
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_VALUE)
    throw unreadableKey(answer.host, 'value');
  const provider_reference = readReference(atJsonPath(document, reference_path));
  if (provider_reference === null) throw unreadableKey(answer.host, 'reference');
  return { value, provider_reference };
}

function readMinted(answer: Answer): unknown {
  try {
    return JSON.parse(answer.text);
  } catch {
    throw unreadableKey(answer.host, 'JSON');
  }
}

/** Every key whose name holds the marker, which is of this operation alone. */
async function list(find: NonNullable<KeyRequests['find']>, context: RotatorContext, marker: string) {
  const found: ProviderReference[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer: Answer = await sendTemplate(
      context,
      find.request,
      { admin_secret: adminSecret(context), marker },
      (url) => withCursor(url, find, cursor),
    );
    requireSuccess(answer, 'listing keys');
    const document = parseJson(answer, 'listing keys');
    found.push(...markedKeys(find, document, marker, answer.host));
    cursor = nextCursor(find, document);
    if (cursor === null) return found;
  }
  throw new RotatorError(
    'in_doubt',
    `The list of keys has over ${MOST_PAGES} pages. Look for the key named "${marker}" at the provider and remove it.`,
  );
}

function markedKeys(find: NonNullable<KeyRequests['find']>, document: unknown, marker: string, host: string) {
  const items = atJsonPath(document, find.items_path);
  if (!Array.isArray(items)) {
    throw new RotatorError('permanent', `${host} answered with no list at ${find.items_path}. Check find.items_path.`);
  }
  const marked = items.filter((item) => String(atJsonPath(item, find.marker_path)).includes(marker));
  return marked.map((item) => {
    const reference = readReference(atJsonPath(item, find.reference_path));
    if (reference === null)
      throw new RotatorError('permanent', `A key of ${host} has no ID at ${find.reference_path}.`);
    return reference;
  });
}

function nextCursor({ next_page }: NonNullable<KeyRequests['find']>, document: unknown): string | null {
  if (next_page === undefined) return null;
  if (next_page.more_path !== undefined && atJsonPath(document, next_page.more_path) === false) return null;
  const cursor = atJsonPath(document, next_page.cursor_path);
  return typeof cursor === 'string' && cursor !== '' ? cursor : null;
}

function withCursor(url: string, { next_page }: NonNullable<KeyRequests['find']>, cursor: string | null): string {
  if (next_page === undefined || cursor === null) return url;
  const next = new URL(url);
  next.searchParams.set(next_page.query_parameter, cursor);
  return next.href;
}

async function revoke(settings: KeyRequests, context: RotatorContext, version: RevocableVersion): Promise<void> {
  const { request } = settings.revoke;
  const needed = placeholdersOf(request);
  const reference = version.provider_reference?.id ?? (version.value === null ? undefined : settings.initial_reference);
  if ((needed.has('reference') && reference === undefined) || (needed.has('secret') && version.value === null)) {
    throw new RotatorError(
      'in_doubt',
      "It is not recorded which key at the provider this version is, so it cannot be ended. End it there by hand, or set the rotator's initial_reference.",
    );
  }
  const answer = await sendTemplate(context, request, {
    ...(needed.has('admin_secret') && { admin_secret: adminSecret(context) }),
    ...(reference !== undefined && { reference }),
    ...(version.value !== null && { secret: version.value }),
  });
  // Gone already: a retry after a lost answer, or somebody was faster.
  if (answer.status !== 404 && answer.status !== 410) requireSuccess(answer, 'ending a key');
}

/** Sends a request to where the credentials whose secrets it carries allow. */
export function sendTemplate(
  context: RotatorContext,
  request: RotatorRequest,
  values: PlaceholderValues,
  finish: (url: string) => string = (url) => url,
): Promise<Answer> {
  const used = placeholdersOf(request);
  const holders = [
    ...(used.has('admin_secret') ? [context.admin] : []),
    ...(used.has('secret') || !used.has('admin_secret') ? [context.credential] : []),
  ];
  const filled = fillRequest(request, values);
  return sendBound(context, { ...filled, url: finish(filled.url) }, holders);
}

/** An ID that cannot lead a URL's path elsewhere. */
function readReference(id: unknown): ProviderReference | null {
  if (typeof id === 'number') return { id: String(id) };
  const isPlain = typeof id === 'string' && /^[\x21-\x7e]{1,200}$/.test(id) && !/^\.+$/.test(id);
  return isPlain ? { id } : null;
}

function unfindable({ marker }: MintPlan): RotatorError {
  return new RotatorError(
    'in_doubt',
    `The making of a key broke off, and the rotator has no "find". Look for a key named "${marker}" at the provider, remove it if it is there, then go on.`,
  );
}
