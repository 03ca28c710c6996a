import { organization } from './boot.ts';

/** Who may do what in this tab's organization, for what the page offers; the server decides at each call. */
export const mayWrite = organization.role !== 'operator';
export const isAdmin = organization.role === 'admin';
