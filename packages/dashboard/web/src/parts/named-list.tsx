import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Icon } from '../shell/icon.tsx';
import { DataTable, type DataTableProps } from './data-table.tsx';
import { Empty } from './empty.tsx';
import { KindFilter, type KindFilterProps } from './kind-filter.tsx';
import { PageHead } from './page-head.tsx';

/** A page of everything of one sort, such as all topics: with a filter of kinds, and a button that makes a new one. */
export function NamedList<Row, Kind extends string>(
  props: Pick<DataTableProps<Row>, 'result' | 'state' | 'columns' | 'rowKey'> & {
    readonly kinds: KindFilterProps<Kind>;
    /** Filters beside that of the kinds. */
    readonly tools?: ReactNode;
    /** Whether a filter other than that of names is set. */
    readonly isFiltered: boolean;
    readonly mayCreate: boolean;
    readonly text: {
      readonly title: string;
      readonly create: string;
      readonly none: string;
      readonly noneText: string;
      readonly noneFound: string;
      readonly noneFoundText: string;
    };
    /** The dialog that makes a new one. */
    readonly dialog: (isOpen: boolean, onClose: () => void) => ReactNode;
  },
) {
  const { kinds, tools, isFiltered, mayCreate, text: t, dialog, ...table } = props;
  const [isCreating, setCreating] = useState(false);
  const create = (icon: ReactNode) => (
    <Button leftSection={icon} disabled={!mayCreate} onClick={() => setCreating(true)}>
      {t.create}
    </Button>
  );
  return (
    <>
      <PageHead title={t.title}>{create(<Icon name="plus" size={16} />)}</PageHead>
      <DataTable
        {...table}
        label={t.title}
        tools={
          <>
            <KindFilter {...kinds} />
            {tools}
          </>
        }
        empty={
          isFiltered ? (
            <Empty title={t.noneFound}>{t.noneFoundText}</Empty>
          ) : (
            <Empty title={t.none} action={create(undefined)}>
              {t.noneText}
            </Empty>
          )
        }
      />
      {dialog(isCreating, () => setCreating(false))}
    </>
  );
}
