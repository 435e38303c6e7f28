import { Alert, Button, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ALERT_ROUTES, type WebhookState } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { Facts } from '../../parts/facts.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { text } from './text.ts';

/** Where alerts are sent, what became of it, and a test. */
export function WebhookCard({ webhook }: { readonly webhook: WebhookState }) {
  const { id } = useCluster();
  const t = useText(text);
  const format = useFormat();
  const queries = useQueryClient();
  const mayTest = useMayWrite(ALERT_ROUTES.testAlertWebhook);
  const test = useMutation({
    mutationFn: () => call(ALERT_ROUTES.testAlertWebhook, { params: { cluster: id } }),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['alerts', id] }),
  });
  if (webhook.format === undefined)
    return (
      <Card title={t.sending}>
        <Text size="sm">{t.nowhere}</Text>
      </Card>
    );
  const { host, sentAtMs, failedAtMs, failure } = webhook;
  const failedText =
    failedAtMs === undefined ? undefined : [format.time(failedAtMs), failure].filter((each) => each).join(' · ');
  const button = (
    <Button
      size="compact-sm"
      variant="default"
      disabled={!mayTest}
      loading={test.isPending}
      onClick={() => test.mutate()}
    >
      {t.test}
    </Button>
  );
  return (
    <Card title={t.sending} tools={button}>
      <Stack gap="sm">
        {test.error !== null && <ErrorBox error={test.error} />}
        {test.data?.ok === true && (
          <Alert color="green" variant="light" role="status">
            {t.testSent}
          </Alert>
        )}
        {test.data?.ok === false && (
          <ErrorBox
            title={t.testFailed}
            {...(test.data.message == null ? {} : { error: new Error(test.data.message) })}
          />
        )}
        <Facts
          rows={[
            [t.address, host ?? t.hidden],
            [t.format, webhook.format],
            [t.sent, format.count(webhook.sent)],
            [t.waiting, format.count(webhook.waiting)],
            [t.lost, format.count(webhook.lost)],
            [t.lastSent, sentAtMs === undefined ? undefined : format.time(sentAtMs)],
            [t.lastFailed, failedText],
          ]}
        />
      </Stack>
    </Card>
  );
}
