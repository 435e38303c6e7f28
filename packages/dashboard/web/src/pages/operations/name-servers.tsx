import { Alert, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type NameServerConfig, OPERATION_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { ConfigEditor } from '../../parts/config-editor.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** The configuration of the name servers: that of the first which answers, and where the others differ. */
export function NameServers() {
  const { id } = useCluster();
  const t = useText(text);
  const result = useQuery({
    queryKey: ['name server config', id],
    queryFn: ({ signal }) => call(OPERATION_ROUTES.nameServerConfig, { params: { cluster: id } }, signal),
  });
  const { data, error } = result;
  const first = data?.find(({ failure }) => failure === undefined);
  const failures = (data ?? []).flatMap(({ address, failure }) =>
    failure === undefined ? [] : [{ address, message: failure }],
  );
  const differences = data === undefined || first === undefined ? [] : differencesOf(first, data);
  return (
    <Card title={t.config} flush>
      <Text size="sm" c="dimmed" px="sm" pt="sm">
        {t.configAbout}
      </Text>
      {error !== null && data === undefined && <ErrorBox error={error} retry={() => void result.refetch()} />}
      {data === undefined && error === null && <Skeleton h={200} m="sm" />}
      <Failures failures={failures} />
      {differences.length > 0 && (
        <Alert color="yellow" variant="light" icon={<Icon name="warning" />} title={t.differs} m="sm">
          {differences.map((each) => (
            <Text key={each} size="sm" style={{ overflowWrap: 'anywhere' }}>
              {each}
            </Text>
          ))}
        </Alert>
      )}
      {first !== undefined && data !== undefined && (
        <ConfigEditor
          change={OPERATION_ROUTES.updateNameServerConfig}
          label={t.config}
          entries={first.entries}
          targets={data.map(({ address }) => ({ address }))}
          areFixed
          write={(properties) =>
            call(OPERATION_ROUTES.updateNameServerConfig, { params: { cluster: id }, body: { properties } })
          }
          onDone={() => void result.refetch()}
        />
      )}
    </Card>
  );
}

/** Paths and names are those of a machine; everything else should be the same. */
const OWN_KEYS = /Path$|^rocketmqHome$|^bindAddress$|^listenPort$/;

/** `listenBacklog: 1024 at a:9876, 512 at b:9876` */
function differencesOf(first: NameServerConfig, all: readonly NameServerConfig[]): string[] {
  return first.entries.flatMap(({ key, value }) => {
    const others = all.filter(({ address, failure }) => address !== first.address && failure === undefined);
    const differing = others.flatMap(({ address, entries }) => {
      const other = entries.find((entry) => entry.key === key)?.value;
      return other === undefined || other === value ? [] : [`${other} @ ${address}`];
    });
    return differing.length === 0 || OWN_KEYS.test(key)
      ? []
      : [`${key}: ${value} @ ${first.address}, ${differing.join(', ')}`];
  });
}
