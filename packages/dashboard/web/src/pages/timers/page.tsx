import { Alert, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type DelaysOfBroker, TIMER_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Age } from '../../parts/age.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import classes from '../messages/messages.module.css';
import { ResultSkeleton } from '../messages/page-results.tsx';
import { LevelTable } from './level-table.tsx';
import { RecallCard } from './recall-card.tsx';
import { text } from './text.ts';
import { TimerPart } from './timer-part.tsx';

/** What waits on each broker, and taking one back. */
export default function Timers() {
  const cluster = useCluster();
  const t = useText(text);
  const { data, error, refetch, isFetching, dataUpdatedAt } = useQuery({
    queryKey: ['delays', cluster.id],
    queryFn: ({ signal }) => call(TIMER_ROUTES.delays, { params: { cluster: cluster.id } }, signal),
    refetchInterval: 5000,
  });
  return (
    <>
      <PageHead title={t.title} about={t.about}>
        {data !== undefined && <Age atMs={dataUpdatedAt} refresh={() => void refetch()} isBusy={isFetching} />}
      </PageHead>
      {error !== null && <ErrorBox error={error} retry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <ResultSkeleton />
      ) : (
        <Stack gap="md">
          <Failures failures={data.failures} />
          {data.brokers.length === 0 && <Empty title={t.noBroker} />}
          {data.brokers.map((broker) => (
            <Broker key={broker.brokerName} broker={broker} />
          ))}
          <RecallCard brokers={data.brokers} />
        </Stack>
      )}
    </>
  );
}

function Broker({ broker }: { readonly broker: DelaysOfBroker }) {
  const t = useText(text);
  const { brokerName, timers } = broker;
  return (
    <div className={`${classes.grid} ${classes.uneven}`}>
      <Card title={`${t.levels} · ${brokerName}`} flush>
        <LevelTable broker={broker} />
      </Card>
      <Card title={`${t.timers} · ${brokerName}`}>
        {timers === undefined ? (
          <Alert color="gray" variant="light">
            <Text size="sm">{t.noTimers}</Text>
          </Alert>
        ) : (
          <TimerPart timers={timers} />
        )}
      </Card>
    </div>
  );
}
