import { Autocomplete } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { MESSAGE_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { useCluster } from '../../shell/cluster.tsx';

/** A field for the name of a topic, with those of the cluster that have what is typed in them. */
export function TopicInput(props: {
  readonly label: string;
  readonly placeholder?: string;
  readonly value: string;
  readonly change: (value: string) => void;
  readonly required?: boolean;
  readonly className?: string | undefined;
}) {
  const { label, placeholder, value, change, required = false, className } = props;
  const cluster = useCluster();
  const [typed] = useDebouncedValue(value, 200);
  const names = useQuery({
    queryKey: ['topic names', cluster.id, typed],
    queryFn: ({ signal }) =>
      call(MESSAGE_ROUTES.topicNames, { params: { cluster: cluster.id }, query: { filter: typed } }, signal),
    placeholderData: (before) => before,
    staleTime: 10_000,
  });
  return (
    <Autocomplete
      label={label}
      placeholder={placeholder ?? ''}
      value={value}
      onChange={change}
      data={[...(names.data?.names ?? [])]}
      // The server has looked for it already.
      filter={({ options }) => options}
      limit={50}
      required={required}
      className={className ?? ''}
      spellCheck={false}
      size="sm"
    />
  );
}
