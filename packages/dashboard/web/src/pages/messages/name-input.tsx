import { Autocomplete } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { MESSAGE_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import classes from './messages.module.css';
import { text } from './text.ts';

/** The field of a search for the name of a topic, with those of the cluster that have what is typed in them. */
export function TopicInput(props: {
  readonly value: string;
  readonly change: (value: string) => void;
  /** Default true. */
  readonly required?: boolean;
}) {
  const { value, change, required = true } = props;
  const t = useText(text);
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
      label={t.topic}
      placeholder={t.topicPlaceholder}
      value={value}
      onChange={change}
      data={[...(names.data?.names ?? [])]}
      // The server has looked for it already.
      filter={({ options }) => options}
      limit={50}
      required={required}
      className={classes.grow ?? ''}
      spellCheck={false}
      size="sm"
    />
  );
}
