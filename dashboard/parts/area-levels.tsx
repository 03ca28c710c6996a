import { SegmentedControl } from '@mantine/core';
import { AREAS, type Area } from '../../core/domain/scopes.ts';
import type { Level } from '../client/access.ts';
import { connectedAppsStrings } from '../strings/connected-apps.ts';
import classes from './area-levels.module.css';

const LEVELS = ['none', 'read', 'write'] as const;
/** Nothing is written in these. */
const READ_ONLY: ReadonlySet<Area> = new Set(['audit', 'usage']);

/** A level for each area, up to the most that is allowed. */
export function AreaLevels({
  label,
  most,
  value,
  onChange,
}: {
  label: string;
  most: Record<Area, Level>;
  value: Record<Area, Level>;
  onChange: (levels: Record<Area, Level>) => void;
}) {
  const { areas, levels } = connectedAppsStrings.app;
  const choices = (area: Area) =>
    LEVELS.filter((level) => level !== 'write' || !READ_ONLY.has(area)).map((level) => ({
      value: level,
      label: levels[level],
      disabled: LEVELS.indexOf(level) > LEVELS.indexOf(most[area]),
    }));
  return (
    <fieldset className={classes.areas} aria-label={label}>
      {AREAS.map((area) => (
        <div key={area}>
          <span id={`area-${area}`}>{areas[area]}</span>
          <SegmentedControl
            size="xs"
            aria-labelledby={`area-${area}`}
            data={choices(area)}
            value={value[area]}
            onChange={(level) => onChange({ ...value, [area]: level as Level })}
          />
        </div>
      ))}
    </fieldset>
  );
}
