import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import { type Client, errors, type Provider } from 'oidc-provider';
import type { Dependencies } from '../../core/dependencies.ts';
import { PublicError } from '../../core/errors.ts';
import type { PersonMembership } from '../../core/services/memberships.ts';
import { consumeOnce } from '../../core/services/oauth-artifacts.ts';
import { createGrant } from '../../core/services/oauth-grants.ts';
import { requireSession, type Visit } from '../sessions/visit.ts';
import { WrongOrganization } from '../sessions/wrong-organization.ts';
import { areaChoices, chosenScopes } from './consent-choices.ts';
import { describeClient } from './consent-client.ts';
import { type ConsentRequest, renderConsent } from './consent-page.ts';
import { renderNoMembership, renderRequestOver } from './consent-problems.ts';
import { keepDocument } from './kept-documents.ts';
import { INTERACTION_PATH } from './provider.ts';
import { writesUntil } from './write-durations.ts';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** The page where a person allows an app what it asked for, or less. */
export function createConsentRouter(dependencies: Dependencies, provider: Provider): Router {
  const router = express.Router();

  router.get(`${INTERACTION_PATH}/:uid`, async (request, response) => {
    const interaction = await findInteraction(provider, request, response);
    const visit = await requireSession(dependencies, request, response);
    const consent = consentRequest(await findClient(provider, interaction), interaction, visit);
    if (visit.organization === null) return renderNoMembership(response, consent);
    const choices = areaChoices(askedScopes(interaction), visit.organization.role, request.query.access === 'read');
    return renderConsent(response, consent, { organization: visit.organization, choices });
  });

  router.post(
    `${INTERACTION_PATH}/:uid`,
    express.urlencoded({ extended: false, limit: '16kb' }),
    async (request, response) => {
      const interaction = await findInteraction(provider, request, response);
      const visit = await requireSession(dependencies, request, response);
      const client = await findClient(provider, interaction);
      const consent = consentRequest(client, interaction, visit);
      const form = request.body as Record<string, unknown>;
      if (form.decision !== 'allow') {
        const refusal = { error: 'access_denied', error_description: 'The person did not allow access.' };
        return provider.interactionFinished(request, response, refusal);
      }
      const organization = postedOrganization(consent, form.organization);
      const choices = areaChoices(askedScopes(interaction), organization.role, false);
      const scopes = chosenScopes(choices, form);
      const writingEnds = writesUntil(form.duration);
      if (scopes.length === 0 || writingEnds === undefined) {
        const error =
          scopes.length === 0 ? 'Choose at least one area, or cancel.' : 'Choose for how long it may write, or cancel.';
        return renderConsent(response, consent, { organization, choices, error });
      }
      // Once for each request, however often the button is pressed: no grant is made that nobody ever hears of.
      if (!(await consumeOnce(dependencies.database, { model: 'Interaction', id: interaction.uid }))) {
        throw new RequestOver();
      }
      if (consent.client.idHost !== null) await keepDocument(dependencies, client);
      const grantId = await createGrant(dependencies, {
        person: visit.session.person,
        organizationId: organization.organizationId,
        client: { id: consent.client.id, name: consent.client.name },
        scopes,
        writesUntil: scopes.some((scope) => scope.endsWith(':write')) ? writingEnds : null,
        requestId: visit.requestId,
      });
      const result = { login: { accountId: visit.session.person.id, remember: false }, consent: { grantId } };
      return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    },
  );
  router.use(INTERACTION_PATH, requestIsOver);
  return router;
}

/** The request has been answered, or is another browser's. */
class RequestOver extends Error {
  override readonly name = 'RequestOver';
}

/** The authorization server throws errors of its own when a request ended, or its app went away, meanwhile. */
const requestIsOver: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof RequestOver || error instanceof errors.OIDCProviderError) return renderRequestOver(response);
  return next(error);
};

/**
 * The authorization request that this browser started: its cookie is valid for the page's own path only, so somebody
 * else's address of a consent page opens nothing. An answered request is over.
 * @throws RequestOver, or the authorization server's own error; `requestIsOver` puts both into words
 */
async function findInteraction(provider: Provider, request: Request, response: Response): Promise<Interaction> {
  const interaction = await provider.interactionDetails(request, response);
  if (interaction.uid === request.params.uid && interaction.result === undefined) return interaction;
  throw new RequestOver();
}

function askedScopes(interaction: Interaction): ReadonlySet<string> {
  return new Set(String(interaction.params.scope ?? '').split(' '));
}

async function findClient(provider: Provider, interaction: Interaction): Promise<Client> {
  const client = await provider.Client.find(String(interaction.params.client_id));
  if (client !== undefined) return client;
  throw new PublicError('not_found', 'The app that asks is no longer registered. Go back to it and connect again.');
}

function consentRequest(client: Client, interaction: Interaction, visit: Visit): ConsentRequest {
  return {
    path: `${INTERACTION_PATH}/${interaction.uid}`,
    visit,
    client: describeClient(client, String(interaction.params.redirect_uri)),
  };
}

/** The role counts in the organization that the form names, not in the one that the page was made for. */
function postedOrganization({ visit, path }: ConsentRequest, organizationId: unknown): PersonMembership {
  const membership = visit.memberships.find((candidate) => candidate.organizationId === organizationId);
  if (membership === undefined) throw new WrongOrganization(visit, path);
  return membership;
}
