import { useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useOperation } from '../../client/use-operation.ts';
import { BackLink } from '../../parts/back-link.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loaded, Waiting } from '../../parts/loaded.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Severity } from '../../parts/severity.tsx';
import { paths } from '../../paths.ts';
import { alertRulesStrings } from '../../strings/alert-rules.ts';

/** Fetched beside the rule that it is about. */
const RuleForm = lazy(() => import('./rule-form.tsx').then((form) => ({ default: form.RuleForm })));

const { editor: strings } = alertRulesStrings;
const MOST_RULES_A_CALL = 200;

function Present({ id }: { id: string }) {
  const rules = useOperation('list_alert_rules', { limit: MOST_RULES_A_CALL });
  return (
    <Loaded query={rules}>
      {({ items }) => {
        const rule = items.find((candidate) => candidate.id === id);
        if (rule === undefined) return <EmptyState title={strings.missing} text="" />;
        return (
          <>
            <PageHead title={rule.name} text={rule.condition} badge={<Severity severity={rule.severity} />} />
            <RuleForm key={rule.id} rule={rule} />
          </>
        );
      }}
    </Loaded>
  );
}

/** `/alerts/rules/$rule`: a rule, or with `new` one that is being made. */
export function AlertRulePage() {
  const { rule } = useParams({ from: paths.alertRule });
  return (
    <>
      <BackLink to={paths.alertRules}>{strings.back}</BackLink>
      <Suspense fallback={<Waiting />}>
        {rule === 'new' ? (
          <>
            <PageHead title={strings.newTitle} text={strings.text} />
            <RuleForm rule={null} />
          </>
        ) : (
          <Present id={rule} />
        )}
      </Suspense>
    </>
  );
}
