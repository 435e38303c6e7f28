import { Alert, Group } from '@mantine/core';
import { Link } from 'wouter';
import type { SendAnswer } from '../../../../src/api/index.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Facts } from '../../parts/facts.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { pagePath } from '../../shell/path.ts';
import { text } from './text.ts';

/** Everything that the broker answered. */
export function SendResult({ topic, answer }: { readonly topic: string; readonly answer: SendAnswer }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const isGood = answer.sendStatus === 'SEND_OK';
  const id = (value: string) => (
    <Group gap={4} wrap="nowrap" component="span">
      {value}
      <CopyButton value={value} />
    </Group>
  );
  const found = pagePath(cluster.id, 'messages', topic, answer.msgId);
  return (
    <Alert
      color={isGood ? 'green' : 'yellow'}
      variant="light"
      icon={<Icon name={isGood ? 'check' : 'warning'} />}
      title={isGood ? t.sent : answer.sendStatus}
    >
      <Facts
        rows={[
          [t.sendStatus, answer.sendStatus],
          [t.msgId, id(answer.msgId)],
          [t.offsetMsgId, answer.offsetMsgId === '' ? undefined : id(answer.offsetMsgId)],
          [t.broker, answer.brokerName],
          [t.queue, answer.queueId],
          [t.queueOffset, format.count(answer.queueOffset)],
          [t.recallHandle, answer.recallHandle === undefined ? undefined : id(answer.recallHandle)],
          [t.cost, `${format.count(answer.costMs)} ms`],
          [
            t.traceStored,
            answer.trace && (answer.trace.problem === undefined ? t.traceDone : t.traceFailed(answer.trace.problem)),
          ],
        ]}
      />
      <Group gap="md">
        <Link href={found}>{t.viewMessage}</Link>
        {answer.recallHandle !== undefined && (
          <Link href={`${pagePath(cluster.id, 'timers')}?${new URLSearchParams({ handle: answer.recallHandle })}`}>
            {t.recall}
          </Link>
        )}
      </Group>
    </Alert>
  );
}
