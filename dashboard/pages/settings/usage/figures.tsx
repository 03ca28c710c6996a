import { asMoney, inFull } from '../../../charts/formats.ts';
import type { Output } from '../../../client/registry.ts';
import { type Figure, Figures } from '../../../parts/figures.tsx';
import { UsedBar } from '../../../parts/used-bar.tsx';
import { usageStrings as strings } from '../../../strings/usage.ts';
import { asAmount } from './amount.ts';

type Usage = Output<'get_usage'>;

function budgetFigure({ budget, requests, spend }: Usage): Figure {
  if (budget === null) return { name: strings.budget, value: '–', text: strings.noBudget };
  const { requests_per_month: mostRequests, spend_per_month: mostSpend } = budget;
  if (mostSpend !== null) {
    const most = asAmount(mostSpend, spend.currency);
    return {
      name: strings.budget,
      value: most,
      text: (
        <>
          {strings.budgetOf.spend(asAmount(spend.amount, spend.currency), most)}
          <UsedBar used={spend.amount} limit={mostSpend} />
        </>
      ),
    };
  }
  const most = mostRequests ?? 0;
  return {
    name: strings.budget,
    value: inFull(most),
    text: (
      <>
        {strings.budgetOf.requests(inFull(requests), inFull(most))}
        <UsedBar used={requests} limit={most} />
      </>
    ),
  };
}

function OfLimit({ used, limit }: { used: number; limit: number }) {
  return (
    <>
      {strings.ofLimit(inFull(limit))}
      <UsedBar used={used} limit={limit} />
    </>
  );
}

/** The month in four figures. */
export function UsageFigures({ usage }: { usage: Usage }) {
  const { requests, limit, projected, spend } = usage;
  return (
    <Figures
      figures={[
        {
          name: strings.requests,
          value: inFull(requests),
          text: limit === null ? strings.noLimit : <OfLimit used={requests} limit={limit} />,
        },
        {
          name: strings.projected,
          value: projected === null ? '–' : inFull(projected),
          text: projected === null ? strings.unknown : strings.projectedText,
        },
        {
          name: strings.spend,
          value: asMoney(spend),
          ...(spend.currency === null && { text: strings.noPrice }),
        },
        budgetFigure(usage),
      ]}
    />
  );
}
