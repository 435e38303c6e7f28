import { Button, Group, Radio, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { DEAD_LETTER_ROUTES, type ResendResult, type ResendTarget } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Rows } from '../../parts/data-table.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { DoneButton } from '../../parts/done-button.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Failures } from '../../parts/failures.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { Badge } from '../messages/badge.tsx';
import { ClientSelect } from '../messages/client-select.tsx';
import classes from '../messages/messages.module.css';
import { text } from './text.ts';

interface DialogProps {
  readonly group: string;
  /** Offset ids. */
  readonly ids: readonly string[];
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** After an answer came, which says of each whether it was sent. */
  readonly onDone: (results: readonly ResendResult[]) => void;
}

/** Sends chosen dead letters again, in a way that the user chooses, and shows what became of each. */
export function ResendDialog(props: DialogProps) {
  const { ids, isOpen, onClose } = props;
  const t = useText(text);
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t.resendTitle(ids.length)} size="xl">
      <Content {...props} />
    </Dialog>
  );
}

function Content({ group, ids, onClose, onDone }: DialogProps) {
  const cluster = useCluster();
  const t = useText(text);
  const [to, setTo] = useState<ResendTarget>('RETRY');
  const [client, setClient] = useState<string | undefined>();
  const work = useMutation({
    mutationFn: () => {
      const body = { ids, to, ...(to === 'CLIENT' && client !== undefined ? { clientId: client } : {}) };
      return call(DEAD_LETTER_ROUTES.resendDeadLetters, { params: { cluster: cluster.id, group }, body });
    },
    onSuccess: ({ results }) => onDone(results),
  });
  if (work.data !== undefined)
    return (
      <Stack gap="md">
        <Failures failures={work.data.failures} />
        <Results results={work.data.results} />
        <Group justify="flex-end">
          <DoneButton onClose={onClose} />
        </Group>
      </Stack>
    );
  return (
    <Stack gap="md">
      {work.error !== null && <ErrorBox error={work.error} />}
      <Radio.Group label={t.where} value={to} onChange={(value) => setTo(value as ResendTarget)}>
        <Stack gap="sm" mt="xs">
          <Radio value="RETRY" label={t.RETRY} description={t.retryText} />
          <Radio value="ORIGIN" label={t.ORIGIN} description={t.originText} />
          <Radio value="CLIENT" label={t.CLIENT} description={t.clientText} />
        </Stack>
      </Radio.Group>
      {to === 'CLIENT' && <ClientSelect group={group} value={client} change={setClient} />}
      <Text size="sm" c="dimmed">
        {t.stays}
      </Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} disabled={work.isPending}>
          {t.cancel}
        </Button>
        <Button
          onClick={() => work.mutate()}
          loading={work.isPending}
          disabled={ids.length === 0 || (to === 'CLIENT' && client === undefined)}
        >
          {t.resend(ids.length)}
        </Button>
      </Group>
    </Stack>
  );
}

function Results({ results }: { readonly results: readonly ResendResult[] }) {
  const t = useText(text);
  const good = results.filter(({ ok }) => ok).length;
  return (
    <>
      <Text size="sm" fw={600} role="status">
        {t.results(good, results.length)}
      </Text>
      <Rows
        label={t.results(good, results.length)}
        rows={results}
        rowKey={({ id }) => id}
        columns={[
          { key: 'message', title: t.message, render: ({ id }) => <span className={classes.mono}>{id}</span> },
          {
            key: 'outcome',
            title: t.outcome,
            render: ({ ok, message, sentTo }) => (
              <Stack gap={2} align="flex-start">
                <Badge color={ok ? 'green' : 'red'} variant="light" tt="none">
                  {ok ? t.sent : t.failed}
                </Badge>
                <Text size="xs" c="dimmed">
                  {[sentTo === undefined ? undefined : t.to(sentTo), message]
                    .filter((each) => each !== undefined)
                    .join(' · ')}
                </Text>
              </Stack>
            ),
          },
        ]}
      />
    </>
  );
}
