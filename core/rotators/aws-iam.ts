import type { z } from 'zod';
import type { awsIamRotator } from '../domain/rotators.ts';
import { isPassing, mintingCall, passingFailure, requireSuccess, unreadableKey } from './answers.ts';
import { accessKeysIn, keyOfAttempt, listedAt, requireFreeSlot } from './aws-access-keys.ts';
import { type AwsService, awsCall, awsCredentials, xmlText } from './aws-query.ts';
import type { Answer } from './bound-request.ts';
import { adminSecret, type KeyProvider, type RotatorContext } from './key-provider.ts';
import { newMintPlan, requireFreshPlan, requirePlanOver } from './mint-plan.ts';
import {
  type MintedKey,
  type MintPlan,
  type ProviderReference,
  type RevocableVersion,
  RotatorError,
  type Verdict,
} from './rotator.ts';

export type AwsIamSettings = z.output<typeof awsIamRotator>;

/**
 * The access keys of an IAM user, who has two at most. They carry no marker, so a plan holds the list from before, and a
 * lost key is ended only if nobody else can have made it.
 */
export function createAwsIamProvider(settings: AwsIamSettings, context: RotatorContext): KeyProvider {
  const aws = new AwsIam(settings, context);
  return {
    mints: true,
    settlingSeconds: settings.settling_seconds,
    plan: (marker) => aws.plan(marker),
    mint: (plan) => aws.mint(plan),
    find: (plan, recorded = []) => aws.find(plan, recorded),
    revoke: (version) => aws.revoke(version),
    tryOut: (value) => aws.tryOut(value),
  };
}

class AwsIam {
  readonly #settings: AwsIamSettings;
  readonly #context: RotatorContext;

  constructor(settings: AwsIamSettings, context: RotatorContext) {
    this.#settings = settings;
    this.#context = context;
  }

  async plan(marker: string): Promise<MintPlan> {
    const answer = await this.#list();
    const keys = accessKeysIn(answer.text);
    requireFreeSlot(this.#settings.user_name, keys);
    const { credential } = this.#context;
    if (credential.currentValue !== null) {
      const { accessKeyId } = awsCredentials(credential, credential.currentValue);
      if (!keys.some(({ id }) => id === accessKeyId)) {
        throw new RotatorError(
          'permanent',
          `The access key in "${credential.name}" is not one of the IAM user ${this.#settings.user_name}'s. Check user_name.`,
        );
      }
    }
    return { ...newMintPlan(marker), before: { key_ids: keys.map(({ id }) => id), listed_at: listedAt(answer) } };
  }

  async mint(plan: MintPlan): Promise<MintedKey> {
    requireFreshPlan(plan);
    const answer = await mintingCall(() => this.#call('CreateAccessKey'));
    const id = xmlText(answer.text, 'AccessKeyId');
    const secretAccessKey = xmlText(answer.text, 'SecretAccessKey');
    if (id === null || secretAccessKey === null) throw unreadableKey(answer.host, 'access key');
    return { value: `${id}:${secretAccessKey}`, provider_reference: { id } };
  }

  async find(plan: MintPlan, recorded: readonly ProviderReference[]): Promise<ProviderReference[]> {
    requirePlanOver(plan, this.#settings.settling_seconds);
    const answer = await this.#list();
    const unknown = accessKeysIn(answer.text).filter(({ id }) => !recorded.some((known) => known.id === id));
    const key = keyOfAttempt(plan, unknown);
    if (key === null) return [];
    const use = await this.#call('GetAccessKeyLastUsed', { AccessKeyId: key.id });
    requireSuccess(use, 'reading the last use of an access key');
    // Ours was lost with its answer: whoever uses this one has its value from elsewhere.
    if (xmlText(use.text, 'LastUsedDate') === null) return [{ id: key.id }];
    throw new RotatorError(
      'in_doubt',
      `The access key ${key.id} came into being while ours was made, but somebody uses it. Keep it, or remove it.`,
      { keysInDoubt: [{ id: key.id, created_at: key.createdAt }] },
    );
  }

  /** Switched off first, so that it is refused even where the right to delete is missing. */
  async revoke({ provider_reference, value }: RevocableVersion): Promise<void> {
    const { credential } = this.#context;
    const id = provider_reference?.id ?? (value === null ? null : awsCredentials(credential, value).accessKeyId);
    if (id === null)
      throw new RotatorError('in_doubt', 'It is not recorded which access key this version is. End it by hand.');
    if (credential.currentValue !== null && awsCredentials(credential, credential.currentValue).accessKeyId === id) {
      throw new RotatorError('permanent', `The access key ${id} is the current one and is not ended.`);
    }
    const steps = [
      () => this.#call('UpdateAccessKey', { AccessKeyId: id, Status: 'Inactive' }),
      () => this.#call('DeleteAccessKey', { AccessKeyId: id }),
    ];
    for (const step of steps) {
      const answer = await step();
      if (isGone(answer)) return;
      requireSuccess(answer, 'ending an access key');
    }
  }

  async tryOut(value: string): Promise<Verdict> {
    const { region, sts_url: url } = this.#settings;
    const service: AwsService = { name: 'sts', url, region, version: '2011-06-15' };
    const signed = { holder: this.#context.credential, secret: value };
    const { status, text, host, headers } = await awsCall(this.#context, service, signed, {
      Action: 'GetCallerIdentity',
    });
    if (status === 200) return { outcome: 'accepted' };
    if (isPassing(status)) throw passingFailure(host, status, headers.get('retry-after'));
    // Needs no right, so a refusal is about the key; but a wrong clock is refused too, with other words.
    if (xmlText(text, 'Code') === 'InvalidClientTokenId') return { outcome: 'refused', status };
    throw new RotatorError(
      'permanent',
      `${host} answered ${status} to GetCallerIdentity. Check this machine's clock and the region.`,
    );
  }

  async #list(): Promise<Answer> {
    const answer = await this.#call('ListAccessKeys');
    requireSuccess(answer, 'listing access keys');
    return answer;
  }

  #call(action: string, parameters: Record<string, string> = {}): Promise<Answer> {
    const signed = { holder: this.#context.admin, secret: adminSecret(this.#context) };
    const { region, iam_url: url, user_name } = this.#settings;
    const service: AwsService = { name: 'iam', url, region, version: '2010-05-08' };
    const user: Record<string, string> = action === 'GetAccessKeyLastUsed' ? {} : { UserName: user_name };
    return awsCall(this.#context, service, signed, { Action: action, ...user, ...parameters });
  }
}

function isGone({ status, text }: Answer): boolean {
  return status === 404 && xmlText(text, 'Code') === 'NoSuchEntity';
}
