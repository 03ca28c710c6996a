/**
 * The values of the credential versions in use: memory only (invariant 1). A version's value never changes, so it is
 * opened once: neither a rotation of the master key nor a key service that is away touches what is in use.
 */
export class SecretValues {
  /** By credential, then by version: a credential's newer versions take the place of its older ones. */
  #values = new Map<string, Map<string, string>>();
  #agentsWithUnopened = new Set<string>();

  get(credentialId: string, versionId: string): string | undefined {
    return this.#values.get(credentialId)?.get(versionId);
  }

  /**
   * @param values of the credentials that were read: all versions of each
   * @returns the versions that no call carries any more
   */
  update(values: ReadonlyMap<string, Map<string, string>>, isFullRead: boolean): string[] {
    const forgotten: string[] = [];
    for (const credentialId of isFullRead ? this.#values.keys() : values.keys()) {
      for (const versionId of this.#values.get(credentialId)?.keys() ?? []) {
        if (values.get(credentialId)?.has(versionId) !== true) forgotten.push(versionId);
      }
    }
    if (isFullRead) this.#values.clear();
    for (const [credentialId, versions] of values) this.#values.set(credentialId, versions);
    return forgotten;
  }

  /** What opens the values was away when one of this agent's was needed: read the agent again. */
  noteUnopened(agentId: string): void {
    this.#agentsWithUnopened.add(agentId);
  }

  takeAgentsWithUnopened(): string[] {
    const agentIds = [...this.#agentsWithUnopened];
    this.#agentsWithUnopened.clear();
    return agentIds;
  }
}
