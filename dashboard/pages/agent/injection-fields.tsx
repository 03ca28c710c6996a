import { Select, TextInput } from '@mantine/core';
import { INJECTION_KINDS, INJECTION_MEMBERS } from '../../../core/domain/injection.ts';
import type { Input } from '../../client/registry.ts';
import { agentStrings } from '../../strings/agent.ts';

type Written = NonNullable<Input<'link_credential'>['injection']>;

/** What of a link is typed; which members count depends on the kind. */
export type InjectionDraft = { kind: Written['kind'] } & Partial<Record<Member, string>>;
type Member = Exclude<keyof Written, 'kind'>;

const { injection: strings } = agentStrings;

const OPTIONAL: ReadonlySet<Member> = new Set(['template', 'scope', 'audience']);

/** What each kind asks for; those that may be left out last. */
const membersOf = (kind: Written['kind']): readonly Member[] => INJECTION_MEMBERS[kind];

/** The draft as it is sent: of its kind's members those that were filled in. */
export function injectionOf(draft: InjectionDraft): Written {
  const filled = membersOf(draft.kind).flatMap((member) => {
    const text = draft[member]?.trim();
    return text ? [[member, text]] : [];
  });
  return { kind: draft.kind, ...Object.fromEntries(filled) };
}

/** Where in a call the secret is put. */
export function InjectionFields({
  draft,
  onChange,
}: {
  draft: InjectionDraft;
  onChange: (draft: InjectionDraft) => void;
}) {
  const { kind } = draft;
  return (
    <>
      <Select
        label={strings.kind}
        description={strings.kindHints[kind]}
        data={INJECTION_KINDS.map((value) => ({ value, label: strings.kinds[value] }))}
        value={kind}
        allowDeselect={false}
        onChange={(value) => onChange({ ...draft, kind: value as Written['kind'] })}
      />
      {membersOf(kind).map((member) => (
        <TextInput
          key={`${kind} ${member}`}
          label={kind === 'query' && member === 'name' ? strings.queryName : strings.members[member]}
          placeholder={strings.placeholders[kind === 'query' ? 'query' : member]}
          required={!OPTIONAL.has(member)}
          autoCapitalize="off"
          spellCheck={false}
          value={draft[member] ?? ''}
          onChange={({ currentTarget }) => onChange({ ...draft, [member]: currentTarget.value })}
        />
      ))}
    </>
  );
}
