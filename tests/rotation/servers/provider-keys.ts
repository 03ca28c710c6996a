import { randomBytes, randomUUID } from 'node:crypto';

/** A key of the provider, and what it was used for. */
export interface ProviderKey {
  id: string;
  name: string;
  value: string;
  active: boolean;
  /** Answered 200 by the live API, and refused by it with 401. */
  liveUses: number;
  liveRefusals: number;
  verifyUses: number;
  createdAt: Date;
}

/** What the provider does wrong, the counted ones so many more times. */
export interface ProviderFaults {
  /** Makes the key, and never answers. */
  hangAfterMinting: number;
  /** Never answers, and makes the key only after `lateMs`. */
  mintLate: number;
  lateMs: number;
  /** Makes the key, and cuts the connection. */
  dropAfterMinting: number;
  /** Answers with a value that does not work. */
  mintBroken: number;
  /** Answers 201 with no value in it. */
  mintUnreadable: number;
  /** Answers 503 before it does anything. */
  refuseMint: number;
  /** Answers 500 to requests that end a key, and leaves the key. */
  failRevoke: number;
  /** New keys work for the verify request, and are refused by the live API. */
  refuseLive: boolean;
  /** New keys are refused everywhere for so long. */
  settleMs: number;
  /** Every answer waits for so long. */
  slowMs: number;
}

export type CountedFault = Exclude<keyof ProviderFaults, 'refuseLive' | 'lateMs' | 'settleMs' | 'slowMs'>;

export const NO_FAULTS: ProviderFaults = {
  hangAfterMinting: 0,
  mintLate: 0,
  lateMs: 0,
  dropAfterMinting: 0,
  mintBroken: 0,
  mintUnreadable: 0,
  refuseMint: 0,
  failRevoke: 0,
  refuseLive: false,
  settleMs: 0,
  slowMs: 0,
};

/** The keys of the provider: it enforces them and counts their use. */
export class ProviderKeys {
  readonly all: ProviderKey[] = [];
  /** Values that the live API refuses though they are active. */
  readonly refusedLive = new Set<string>();
  readonly settledAt = new Map<string, number>();

  make(name: string): ProviderKey {
    const key: ProviderKey = {
      id: `key_${randomUUID().slice(0, 8)}`,
      name,
      value: `sk_live_${randomBytes(18).toString('base64url')}`,
      active: true,
      liveUses: 0,
      liveRefusals: 0,
      verifyUses: 0,
      createdAt: new Date(),
    };
    this.all.push(key);
    return key;
  }

  get active(): ProviderKey[] {
    return this.all.filter(({ active }) => active);
  }

  /** The key with that value, also when it is no longer active. */
  withValue(value: string | undefined): ProviderKey | undefined {
    return this.all.find((key) => key.value === value);
  }

  works(key: ProviderKey | undefined): key is ProviderKey {
    return key?.active === true && Date.now() >= (this.settledAt.get(key.id) ?? 0);
  }
}
