import { z } from 'zod';

/** The members of answers that hold a page which one person opens once, with what that person is told of it. */
export const personalLinks = z.registry<{ personalLink: string }>();

/** Where a person enters a secret value. */
export const entryLink = () =>
  z.string().register(personalLinks, {
    personalLink: 'Enter the secret value on AgentGateway. The link opens once.',
  });

/** Where a person sees a new agent key. */
export const revealLink = () =>
  z.string().register(personalLinks, { personalLink: 'AgentGateway shows you the new agent key, once.' });
