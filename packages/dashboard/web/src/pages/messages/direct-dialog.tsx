import { Alert, Button, Group, Select, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type DirectResult, type GroupTrack, MESSAGE_ROUTES, type MessageDetail } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Facts } from '../../parts/facts.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { ClientSelect } from './client-select.tsx';
import { text } from './text.ts';

interface DialogProps {
  readonly detail: MessageDetail;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Hands a message to a client that the user chooses, and shows what it made of it. */
export function DirectDialog(props: DialogProps) {
  const { isOpen, onClose } = props;
  const t = useText(text);
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t.directTitle}>
      <Content {...props} />
    </Dialog>
  );
}

function Content({ detail, onClose }: DialogProps) {
  const cluster = useCluster();
  const t = useText(text);
  const { topic, offsetMsgId: id } = detail;
  const params = { cluster: cluster.id, topic, id };
  const track = useQuery({
    queryKey: ['track', cluster.id, topic, id],
    queryFn: ({ signal }) => call(MESSAGE_ROUTES.messageTrack, { params }, signal),
  });
  const groups = groupsOf(topic, track.data?.groups ?? []);
  const [chosenGroup, setGroup] = useState<string | null>(null);
  const [client, setClient] = useState<string | undefined>();
  const group = chosenGroup ?? groups[0];
  const work = useMutation({
    mutationFn: () =>
      call(MESSAGE_ROUTES.consumeDirectly, { params, body: { group: group ?? '', clientId: client ?? '' } }),
  });
  const choose = (value: string | null): void => {
    setGroup(value);
    setClient(undefined);
    work.reset();
  };
  return (
    <Stack gap="md">
      <Text size="sm">{t.directText}</Text>
      {track.error !== null && <ErrorBox error={track.error} />}
      <Select
        label={t.chooseGroup}
        data={groups}
        value={group ?? null}
        onChange={choose}
        allowDeselect={false}
        searchable
      />
      {group !== undefined && <ClientSelect group={group} value={client} change={setClient} />}
      {work.error !== null && <ErrorBox error={work.error} />}
      {work.data !== undefined && <Outcome result={work.data} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {work.data === undefined ? t.cancel : t.close}
        </Button>
        <Button
          disabled={group === undefined || client === undefined}
          loading={work.isPending}
          onClick={() => work.mutate()}
        >
          {t.handOver}
        </Button>
      </Group>
    </Stack>
  );
}

const OWN_TOPIC = /^%(?:DLQ|RETRY)%(.+)$/;

/** A retry or a dead letter is for its own group, also where other groups read the topic. Groups without a member come last. */
function groupsOf(topic: string, tracks: readonly GroupTrack[]): string[] {
  const own = OWN_TOPIC.exec(topic)?.[1];
  const online = tracks.filter(({ type }) => type !== 'NOT_ONLINE');
  const offline = tracks.filter(({ type }) => type === 'NOT_ONLINE');
  return [...new Set([...(own === undefined ? [] : [own]), ...[...online, ...offline].map(({ group }) => group)])];
}

const GOOD = ['CR_SUCCESS', 'CR_COMMIT'];
const RESULTS = ['CR_SUCCESS', 'CR_LATER', 'CR_ROLLBACK', 'CR_COMMIT', 'CR_THROW_EXCEPTION', 'CR_RETURN_NULL'] as const;

function Outcome({ result }: { readonly result: DirectResult }) {
  const t = useText(text);
  const format = useFormat();
  const isGood = GOOD.includes(result.result);
  const known = RESULTS.find((each) => each === result.result);
  return (
    <Alert
      color={isGood ? 'green' : 'red'}
      variant="light"
      icon={<Icon name={isGood ? 'check' : 'error'} />}
      title={known === undefined ? result.result : `${t[known]} (${known})`}
      role="status"
    >
      <Facts
        rows={[
          [t.remark, result.remark],
          [t.spent, t.ms(format.count(result.spentMs))],
        ]}
      />
    </Alert>
  );
}
