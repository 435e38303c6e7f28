import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from 'wouter';
import { MESSAGE_ROUTES, type MessageDetail, type SentMessage } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { DoneButton } from '../../parts/done-button.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { messageHref } from './links.ts';
import { text } from './text.ts';

interface DialogProps {
  readonly detail: MessageDetail;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Publishes a message once more, after it was said what that means. */
export function ResendDialog(props: DialogProps) {
  const { isOpen, onClose } = props;
  const t = useText(text);
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t.resendTitle}>
      <Content {...props} />
    </Dialog>
  );
}

function Content({ detail, onClose }: DialogProps) {
  const cluster = useCluster();
  const t = useText(text);
  const { topic, offsetMsgId: id } = detail;
  const work = useMutation({
    mutationFn: () => call(MESSAGE_ROUTES.resendMessage, { params: { cluster: cluster.id, topic, id } }),
  });
  return (
    <Stack gap="md">
      {work.error !== null && <ErrorBox error={work.error} />}
      {work.data === undefined ? <Text size="sm">{t.resendText(topic)}</Text> : <Sent sent={work.data} />}
      <Group justify="flex-end">
        {work.data === undefined ? (
          <>
            <Button variant="default" onClick={onClose}>
              {t.cancel}
            </Button>
            <Button onClick={() => work.mutate()} loading={work.isPending}>
              {t.resend}
            </Button>
          </>
        ) : (
          <DoneButton onClose={onClose} />
        )}
      </Group>
    </Stack>
  );
}

function Sent({ sent }: { readonly sent: SentMessage }) {
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  return (
    <Alert
      color="green"
      variant="light"
      icon={<Icon name="check" />}
      title={`${t.sent} · ${sent.sendStatus}`}
      role="status"
    >
      <Text size="sm">
        {t.sentAt(sent.topic, sent.brokerName, String(sent.queueId), format.count(sent.queueOffset))}
      </Text>
      <Anchor component={Link} href={messageHref(cluster.id, sent.topic, sent.offsetMsgId)} size="sm">
        {t.openSent}
      </Anchor>
    </Alert>
  );
}
