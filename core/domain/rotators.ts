import { z } from 'zod';
import { JSON_PATH_PATTERN } from './json-path.ts';
import { NAME_PATTERN } from './names.ts';
import { placeholdersOf, type RotatorPlaceholder, type RotatorRequest, rotatorRequest } from './rotator-request.ts';

/**
 * The settings of a credential's rotator: how a new key is made, tried, found and ended at its provider. Only a person
 * or an API token sets them, and every host in them is bound by `allowed_hosts` (invariant 9).
 */

const adminCredential = z
  .string()
  .regex(NAME_PATTERN, 'must be the name of a credential of this organization')
  .describe("The credential whose secret makes and ends keys. Left out: the rotated credential's own current version.");

const jsonPath = z.string().max(200).regex(JSON_PATH_PATTERN, 'must be a path such as api_key.value or data[0].id');

const plainId = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'must be one word of plain ASCII');

const status = z.number().int().min(200).max(599);

const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL such as https://api.example.com/path' })
  .max(2_048)
  .refine((url) => !/[{}\s@#]/.test(url), 'must hold no placeholder, user name or fragment');

const settlingSeconds = (usual: number) =>
  z
    .number()
    .int()
    .min(0)
    .max(300)
    .default(usual)
    .describe('How long the provider may take until all of its servers know a new or an ended key.');

const initialReference = plainId
  .optional()
  .describe("The provider's ID of the key that a person entered, so that the first rotation can end it.");

const mintRequest = requestUsing('mint', ['admin_secret'], ['admin_secret', 'marker']);
const findRequest = requestUsing('find', ['admin_secret'], ['admin_secret', 'marker']);
const verifyRequest = requestUsing('verify', ['secret'], ['secret']);
const revokeRequest = requestUsing('revoke', [], ['admin_secret', 'secret', 'reference']).refine(
  (request) => placeholdersOf(request).has('reference') || placeholdersOf(request).has('secret'),
  'must say which key ends: use {reference} or {secret}',
);

/** How a list of keys is read. Without it a key whose making broke off half-way cannot be found again. */
const find = z.strictObject({
  request: findRequest,
  items_path: jsonPath.describe('The array of keys in the answer.'),
  marker_path: jsonPath.describe("In each item: the key's name, which holds the marker."),
  reference_path: jsonPath.describe("In each item: the key's ID."),
  next_page: z
    .strictObject({
      cursor_path: jsonPath.describe('The cursor of the next page; none or empty ends the list.'),
      query_parameter: z.string().regex(/^[\w.-]{1,64}$/),
      more_path: jsonPath.optional().describe('false there ends the list too.'),
    })
    .optional(),
});

/** Making and ending keys by requests of the person's own; what `http` and `oauth2_client_secret` share. */
const keyRequestMembers = {
  admin_credential: adminCredential.optional(),
  mint: z.strictObject({ request: mintRequest, value_path: jsonPath, reference_path: jsonPath }),
  find: find.optional(),
  revoke: z.strictObject({ request: revokeRequest }),
  initial_reference: initialReference,
};

const keyRequests = z.strictObject(keyRequestMembers);
export type KeyRequests = z.output<typeof keyRequests>;

export const httpRotator = z
  .strictObject({
    kind: z.literal('http'),
    ...keyRequestMembers,
    verify: z
      .strictObject({
        request: verifyRequest,
        accepted_statuses: z.array(status).min(1).max(20).optional().describe('Left out: 200 to 299.'),
        refused_statuses: z.array(status).min(1).max(20).default([401, 403]),
      })
      .optional()
      .describe("Left out: the credential's probe is used."),
    settling_seconds: settlingSeconds(5),
  })
  .superRefine(requireMarkerToFind);

export const oauth2ClientSecretRotator = z
  .strictObject({
    kind: z.literal('oauth2_client_secret'),
    ...keyRequestMembers,
    token_url: webUrl,
    client_id: z
      .string()
      .min(1)
      .max(1_024)
      .regex(/^[\x20-\x7e]+$/, 'must be one line of plain ASCII'),
    scope: z
      .string()
      .max(1_024)
      .regex(/^[\x20-\x7e]+$/, 'must be one line of plain ASCII')
      .optional(),
    audience: z
      .string()
      .max(1_024)
      .regex(/^[\x20-\x7e]+$/, 'must be one line of plain ASCII')
      .optional(),
    settling_seconds: settlingSeconds(30),
  })
  .superRefine(requireMarkerToFind);

export const awsIamRotator = z.strictObject({
  kind: z.literal('aws_iam'),
  admin_credential: adminCredential.optional(),
  user_name: z.string().regex(/^[\w+=,.@-]{1,64}$/, 'must be the name of an IAM user'),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'must be an AWS region')
    .default('us-east-1'),
  iam_url: webUrl.default('https://iam.amazonaws.com/'),
  sts_url: webUrl.default('https://sts.amazonaws.com/'),
  settling_seconds: settlingSeconds(30),
});

export const agentgatewayKeyRotator = z.strictObject({
  kind: z.literal('agentgateway_key'),
  admin_credential: adminCredential.describe('The credential that holds an API token (agt_…) with agents:write.'),
  app_url: webUrl.describe('The origin of the dashboard, such as https://gateway.example.com.'),
  relay_url: webUrl.describe('The origin of its relay.'),
  agent: z.string().regex(NAME_PATTERN, "must be an agent's name"),
  verify_path: z
    .string()
    .regex(/^\/[\x21-\x7e]{0,1000}$/, 'must be a path such as /v1/models')
    .default('/')
    .describe('A harmless GET behind the agent; any answer of the upstream shows that the key is accepted.'),
  initial_reference: initialReference,
  settling_seconds: settlingSeconds(10),
});

export const openaiServiceAccountRotator = z.strictObject({
  kind: z.literal('openai_service_account'),
  admin_credential: adminCredential.describe(
    'The credential that holds an OpenAI admin key; a project key makes none.',
  ),
  project_id: z.string().regex(/^proj_\w{1,100}$/, 'must be the ID of an OpenAI project, such as proj_abc'),
  initial_reference: initialReference,
});

export const sendgridApiKeyRotator = z.strictObject({
  kind: z.literal('sendgrid_api_key'),
  admin_credential: adminCredential.optional(),
  scopes: z
    .array(z.string().regex(/^[\w.]{1,100}$/, 'must be a SendGrid scope such as mail.send'))
    .min(1)
    .max(500)
    .describe('What the new keys may do; SendGrid would give a key without scopes every right.'),
  region: z.enum(['global', 'eu']).default('global'),
  initial_reference: initialReference,
});

export const manualRotator = z.strictObject({
  kind: z.literal('manual'),
  instructions: z.string().trim().max(2_000).optional().describe('What the person who is asked has to do.'),
  provider_url: webUrl.optional().describe("The provider's page where keys are made; a link for that person."),
});

export const rotatorSettings = z.discriminatedUnion('kind', [
  awsIamRotator,
  httpRotator,
  openaiServiceAccountRotator,
  sendgridApiKeyRotator,
  oauth2ClientSecretRotator,
  agentgatewayKeyRotator,
  manualRotator,
]);

/** As it is stored in `credential.rotator`. */
export type RotatorSettings = z.output<typeof rotatorSettings>;

/** The rotator that calls the provider only as the credential's probe does: the credential must have one. */
export function needsProbe(settings: RotatorSettings): boolean {
  return settings.kind === 'manual' || (settings.kind === 'http' && settings.verify === undefined);
}

/** The name of the credential whose secret the rotator's own calls use; null: the rotated one itself. */
export function adminCredentialOf(settings: RotatorSettings): string | null {
  return settings.kind === 'manual' ? null : (settings.admin_credential ?? null);
}

/** The name that a key made by this attempt gets at the provider; nobody else can have given it. */
export function rotationMarker(operationId: string): string {
  return `agentgateway-${operationId}`;
}

/** What has no marker cannot be found by it. */
function requireMarkerToFind(
  settings: { mint: { request: RotatorRequest }; find?: unknown },
  context: { addIssue(issue: { code: 'custom'; message: string; path: string[] }): void },
) {
  if (settings.find === undefined || placeholdersOf(settings.mint.request).has('marker')) return;
  context.addIssue({ code: 'custom', message: 'mint must use {marker}, or find finds nothing', path: ['mint'] });
}

function requestUsing(step: string, needed: RotatorPlaceholder[], allowed: RotatorPlaceholder[]) {
  return rotatorRequest.superRefine((request: RotatorRequest, context) => {
    const used = placeholdersOf(request);
    for (const name of used) {
      if (allowed.includes(name)) continue;
      const message = `{${name}} has no value in ${step}; use {${allowed.join('} or {')}}`;
      context.addIssue({ code: 'custom', message });
    }
    for (const name of needed) {
      if (!used.has(name)) context.addIssue({ code: 'custom', message: `${step} must use {${name}}` });
    }
  });
}
