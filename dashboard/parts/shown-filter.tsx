import { SegmentedControl } from '@mantine/core';
import { useFilters } from '../client/filters.ts';
import { FilterRow } from './filter-row.tsx';

/** Whether the address asks for what was deleted and can be restored. */
export function useShowsDeleted(): boolean {
  const [{ show }] = useFilters(['show']);
  return show === 'deleted';
}

/** Above a list: what is there, or what was deleted. */
export function ShownFilter({ label, present, deleted }: { label: string; present: string; deleted: string }) {
  const [, change] = useFilters(['show']);
  return (
    <FilterRow onClear={null}>
      <SegmentedControl
        aria-label={label}
        data={[
          { value: 'present', label: present },
          { value: 'deleted', label: deleted },
        ]}
        value={useShowsDeleted() ? 'deleted' : 'present'}
        onChange={(chosen) => change({ show: chosen === 'deleted' ? chosen : '' })}
      />
    </FilterRow>
  );
}
