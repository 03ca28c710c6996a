import { NumberInput, Select } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { ALERT_METRICS, type AlertMetric, COMPARISONS, METRICS } from '../../../core/domain/alert-metrics.ts';
import { alertRulesStrings } from '../../strings/alert-rules.ts';
import type { RuleDraft } from './draft.ts';
import classes from './rule-form.module.css';

const { editor: strings, metrics, comparisons, units } = alertRulesStrings;
const METRIC_CHOICES = ALERT_METRICS.map((metric) => ({ value: metric, label: metrics[metric] }));
const COMPARISON_CHOICES = COMPARISONS.map((comparison) => ({ value: comparison, label: comparisons[comparison] }));
/** A day. */
const MOST_MINUTES = 1_440;

/** What the rule waits for. @param isNew a rule keeps its metric */
export function ConditionFields({
  form,
  problems,
  isNew,
}: {
  form: UseFormReturnType<RuleDraft>;
  problems: Record<string, string>;
  isNew: boolean;
}) {
  const { metric } = form.values;
  const { unit, comparison, needsCalls, least, most } = METRICS[metric];
  /** Shares are typed in per cent. */
  const scale = unit === 'share' ? 100 : 1;
  const isMoment = metric === 'health_score' || metric === 'credential_expires_days';
  const setMetric = (chosen: string | null): void => {
    const next = (chosen ?? metric) as AlertMetric;
    // Another metric has another unit: the threshold of the one before means nothing.
    form.setValues({ metric: next, comparison: METRICS[next].comparison, threshold: METRICS[next].threshold ?? '' });
  };
  const minutes = { min: 0, max: MOST_MINUTES, allowDecimal: false };
  return (
    <>
      <Select
        label={strings.metric}
        data={METRIC_CHOICES}
        value={metric}
        disabled={!isNew}
        {...(!isNew && { description: strings.metricKept })}
        allowDeselect={false}
        onChange={setMetric}
      />
      {metric !== 'no_traffic' && (
        <div className={classes.pair}>
          <Select
            label={strings.comparison}
            data={COMPARISON_CHOICES}
            allowDeselect={false}
            {...form.getInputProps('comparison')}
            error={problems.comparison}
          />
          <NumberInput
            label={strings.threshold}
            suffix={units[unit] === '' ? '' : ` ${units[unit]}`}
            min={least * scale}
            max={most * scale}
            required
            {...form.getInputProps('threshold')}
            error={problems.threshold}
          />
        </div>
      )}
      <div className={classes.pair}>
        {!isMoment && (
          <NumberInput
            {...minutes}
            min={1}
            label={strings.window}
            description={strings.windowHint}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            {...form.getInputProps('windowMinutes')}
            error={problems.window_seconds}
          />
        )}
        <NumberInput
          {...minutes}
          label={strings.for}
          description={strings.forHint}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          {...form.getInputProps('forMinutes')}
          error={problems.for_seconds}
        />
      </div>
      {needsCalls && comparison === 'gt' && (
        <NumberInput
          label={strings.minimumCalls}
          description={strings.minimumCallsHint}
          min={0}
          allowDecimal={false}
          {...form.getInputProps('minimumCalls')}
          error={problems.minimum_calls}
        />
      )}
    </>
  );
}
