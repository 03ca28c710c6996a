import { createApiToken } from './create-api-token.ts';
import { createInvitation } from './create-invitation.ts';
import { listApiTokens } from './list-api-tokens.ts';
import { listInvitations } from './list-invitations.ts';
import { listMembers } from './list-members.ts';
import { removeMember } from './remove-member.ts';
import { revokeApiToken } from './revoke-api-token.ts';
import { revokeInvitation } from './revoke-invitation.ts';
import { updateMember } from './update-member.ts';

/** The administration of an organization's people: over REST and on pages, never as tools. */
export const peopleOperations = [
  listMembers,
  updateMember,
  removeMember,
  listInvitations,
  createInvitation,
  revokeInvitation,
  listApiTokens,
  createApiToken,
  revokeApiToken,
] as const;
