import { Button, Group, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate } from '@tanstack/react-router';
import type { Item } from '../../client/registry.ts';
import { mayWrite } from '../../client/role.ts';
import { useAction } from '../../client/use-action.ts';
import { useFilledVersion } from '../../client/use-filled-version.ts';
import { FormFailure } from '../../parts/form-failure.tsx';
import { problemsByField } from '../../parts/form-problems.ts';
import { Panel } from '../../parts/panel.tsx';
import { toast } from '../../parts/toast.tsx';
import { paths } from '../../paths.ts';
import { alertRulesStrings } from '../../strings/alert-rules.ts';
import { ConditionFields } from './condition-fields.tsx';
import { conditionOf, draftOf, NEW_RULE, type RuleDraft } from './draft.ts';
import { Preview } from './preview.tsx';
import classes from './rule-form.module.css';
import { ScopeFields } from './scope-fields.tsx';

const { editor: strings } = alertRulesStrings;

/** Makes the rule, or changes it unless somebody else did meanwhile. */
function useSave(rule: Item<'list_alert_rules'> | null) {
  const navigate = useNavigate();
  const creating = useAction('create_alert_rule');
  const updating = useAction('update_alert_rule');
  const [version] = useFilledVersion(rule?.version, updating.error);
  const saved = (told: string): void => {
    toast(told);
    void navigate({ to: paths.alertRules });
  };
  return {
    isPending: creating.isPending || updating.isPending,
    error: creating.error ?? updating.error,
    save({ name, severity, channels, ...draft }: RuleDraft): void {
      const condition = conditionOf({ name, severity, channels, ...draft });
      if (condition === null) return;
      const settings = { name: name.trim(), severity, channels };
      if (rule === null) {
        creating.mutate({ ...condition, ...settings }, { onSuccess: () => saved(strings.created) });
        return;
      }
      const { metric: _kept, ...changed } = condition;
      updating.mutate(
        { rule: rule.id, ...(version !== undefined && { expected_version: version }), ...changed, ...settings },
        { onSuccess: () => saved(strings.saved) },
      );
    },
  };
}

/** The form of a rule beside what it would have done. @param rule null: a new one */
export function RuleForm({ rule }: { rule: Item<'list_alert_rules'> | null }) {
  const form = useForm<RuleDraft>({ initialValues: rule === null ? NEW_RULE : draftOf(rule) });
  const { save, isPending, error } = useSave(rule);
  const problems = problemsByField(error);
  const isIncomplete = conditionOf(form.values) === null || form.values.name.trim() === '';
  return (
    <div className={classes.columns}>
      <Panel>
        <form onSubmit={form.onSubmit(save)}>
          <fieldset className={classes.fields} disabled={!mayWrite}>
            <TextInput
              label={strings.name}
              placeholder={strings.namePlaceholder}
              required
              maxLength={63}
              {...form.getInputProps('name')}
              error={problems.name}
            />
            <ConditionFields form={form} problems={problems} isNew={rule === null} />
            <ScopeFields form={form} problems={problems} />
            <FormFailure error={error} what={strings.what} />
            <Group justify="flex-end">
              {mayWrite ? (
                <Button type="submit" disabled={isIncomplete} loading={isPending}>
                  {rule === null ? strings.create : strings.save}
                </Button>
              ) : (
                <span className="muted">{strings.readOnly}</span>
              )}
            </Group>
          </fieldset>
        </form>
      </Panel>
      <div className={classes.preview}>
        <Preview draft={form.values} />
      </div>
    </div>
  );
}
