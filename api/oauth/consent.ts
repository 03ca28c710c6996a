import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import { errors, type Provider } from 'oidc-provider';
import type { Dependencies } from '../../core/dependencies.ts';
import { PublicError } from '../../core/errors.ts';
import type { PersonMembership } from '../../core/services/memberships.ts';
import { consumeOnce } from '../../core/services/oauth-artifacts.ts';
import { createGrant } from '../../core/services/oauth-grants.ts';
import { requireSession, type Visit } from '../sessions/visit.ts';
import { areaChoices, chosenScopes } from './consent-choices.ts';
import { type ConsentRequest, describeClient, renderConsent, renderNoMembership } from './consent-page.ts';
import { INTERACTION_PATH } from './provider.ts';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** The page where a person allows an app what it asked for, or less. */
export function createConsentRouter(dependencies: Dependencies, provider: Provider): Router {
  const router = express.Router();

  router.get(`${INTERACTION_PATH}/:uid`, async (request, response) => {
    const interaction = await findInteraction(provider, request, response);
    const visit = await requireSession(dependencies, request, response);
    const consent = await consentRequest(provider, interaction, visit);
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
      const consent = await consentRequest(provider, interaction, visit);
      const form = request.body as Record<string, unknown>;
      if (form.decision !== 'allow') {
        const refusal = { error: 'access_denied', error_description: 'The person did not allow access.' };
        return provider.interactionFinished(request, response, refusal);
      }
      const organization = postedOrganization(visit, form.organization);
      const choices = areaChoices(askedScopes(interaction), organization.role, false);
      const scopes = chosenScopes(choices, form);
      if (scopes.length === 0) {
        return renderConsent(response, consent, {
          organization,
          choices,
          error: 'Choose at least one area, or cancel.',
        });
      }
      // Once for each request, however often the button is pressed: no grant is made that nobody ever hears of.
      if (!(await consumeOnce(dependencies.database, { model: 'Interaction', id: interaction.uid }))) {
        throw new PublicError('forbidden', OVER);
      }
      const grantId = await createGrant(dependencies, {
        person: visit.session.person,
        organizationId: organization.organizationId,
        client: { id: consent.client.id, name: consent.client.name },
        scopes,
        requestId: visit.requestId,
      });
      const result = { login: { accountId: visit.session.person.id, remember: false }, consent: { grantId } };
      return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    },
  );
  router.use(INTERACTION_PATH, requestIsOver);
  return router;
}

const OVER =
  'This request for access has expired, was answered already, or was started in another browser. Go back to your app and connect again.';

/** What the authorization server says when a request ended, or its app went away, while the page was answered. */
const requestIsOver: ErrorRequestHandler = (error: unknown, _request, _response, next) => {
  next(error instanceof errors.OIDCProviderError ? new PublicError('forbidden', OVER, { cause: error }) : error);
};

/**
 * The authorization request that this browser started: its cookie is valid for the page's own path only, so somebody
 * else's address of a consent page opens nothing. An answered request is over.
 * @throws PublicError `forbidden`, or the authorization server's own error, which `requestIsOver` puts into words
 */
async function findInteraction(provider: Provider, request: Request, response: Response): Promise<Interaction> {
  const interaction = await provider.interactionDetails(request, response);
  if (interaction.uid === request.params.uid && interaction.result === undefined) return interaction;
  throw new PublicError('forbidden', OVER);
}

function askedScopes(interaction: Interaction): ReadonlySet<string> {
  return new Set(String(interaction.params.scope ?? '').split(' '));
}

async function consentRequest(provider: Provider, interaction: Interaction, visit: Visit): Promise<ConsentRequest> {
  const client = await provider.Client.find(String(interaction.params.client_id));
  if (client === undefined) {
    throw new PublicError('not_found', 'The app that asks is no longer registered. Go back to it and connect again.');
  }
  return {
    path: `${INTERACTION_PATH}/${interaction.uid}`,
    visit,
    client: describeClient(client, String(interaction.params.redirect_uri)),
  };
}

/** The role counts in the organization that the form names, not in the one that the page was made for. */
function postedOrganization({ memberships }: Visit, organizationId: unknown): PersonMembership {
  const membership = memberships.find((candidate) => candidate.organizationId === organizationId);
  if (membership === undefined) {
    throw new PublicError(
      'forbidden',
      'You are no member of this organization. Go back to your app and connect again.',
    );
  }
  return membership;
}
