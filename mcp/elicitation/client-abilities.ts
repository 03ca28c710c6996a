import type { ClientCapabilities } from '@modelcontextprotocol/server';

/** What a client can ask its person for us. */
export interface ClientAbilities {
  forms: boolean;
  links: boolean;
}

/** A client that declares elicitation without a mode shows forms: that is how it began. */
export function abilitiesOf({ elicitation }: ClientCapabilities = {}): ClientAbilities {
  if (elicitation === undefined) return { forms: false, links: false };
  return {
    forms: elicitation.form !== undefined || elicitation.url === undefined,
    links: elicitation.url !== undefined,
  };
}
