import { Alert, Button, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type DecodedHandle, type DelaysOfBroker, TIMER_ROUTES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { ConfirmWrite } from '../../parts/confirm-write.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Facts } from '../../parts/facts.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { useUrlState } from '../../shell/url-state.ts';
import classes from '../messages/messages.module.css';
import { text } from './text.ts';

/** Recalls a timer message by the handle that its send was answered with; a link may bring it in `handle`. */
export function RecallCard({ brokers }: { readonly brokers: readonly DelaysOfBroker[] }) {
  const cluster = useCluster();
  const t = useText(text);
  const [link] = useUrlState({ handle: '' });
  const [handle, setHandle] = useState(link.handle);
  const [isOpen, setOpen] = useState(false);
  const mayRecall = useMayWrite(TIMER_ROUTES.recallMessage);
  const params = { cluster: cluster.id };
  const decoded = useMutation({
    mutationFn: (wanted: string) => call(TIMER_ROUTES.decodeHandle, { params, query: { handle: wanted } }),
    onSuccess: () => setOpen(true),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    decoded.mutate(handle.trim());
  };
  const broker = brokers.find(({ brokerName }) => brokerName === decoded.data?.brokerName);
  const write = async () => {
    await call(TIMER_ROUTES.recallMessage, { params, body: { handle: handle.trim() } });
    return [{ brokerName: decoded.data?.brokerName, address: broker?.address ?? '', ok: true, message: t.recalled }];
  };
  return (
    <Card title={t.recall}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t.recallAbout}
        </Text>
        {decoded.error !== null && <ErrorBox title={t.badHandle} error={decoded.error} />}
        <form onSubmit={submit} className={classes.form}>
          <TextInput
            label={t.handle}
            value={handle}
            onChange={(event) => setHandle(event.currentTarget.value)}
            required
            spellCheck={false}
            autoComplete="off"
            className={classes.grow ?? ''}
          />
          <Button type="submit" variant="default" className={classes.button ?? ''} loading={decoded.isPending}>
            {t.read}
          </Button>
        </form>
      </Stack>
      <ConfirmWrite
        isOpen={isOpen && decoded.data !== undefined}
        onClose={() => setOpen(false)}
        title={t.recall}
        targets={broker === undefined ? NONE : [broker]}
        areFixed
        action={t.recall}
        isReady={mayRecall}
        write={write}
      >
        {decoded.data !== undefined && <Handle handle={decoded.data} isOff={broker?.recallEnabled === false} />}
      </ConfirmWrite>
    </Card>
  );
}

const NONE: readonly DelaysOfBroker[] = [];

function Handle({ handle, isOff }: { readonly handle: DecodedHandle; readonly isOff: boolean }) {
  const t = useText(text);
  const format = useFormat();
  const { topic, brokerName, dueMs, msgId } = handle;
  return (
    <Stack gap="sm">
      <Text size="sm">{t.recallText}</Text>
      <Facts
        rows={[
          [t.topic, topic],
          [t.broker, brokerName],
          [t.messageId, msgId],
          [t.dueAt, format.time(dueMs)],
        ]}
      />
      {dueMs < Date.now() && (
        <Alert color="yellow" variant="light">
          {t.past}
        </Alert>
      )}
      {isOff && (
        <Alert color="yellow" variant="light">
          {t.recallOff}
        </Alert>
      )}
    </Stack>
  );
}
