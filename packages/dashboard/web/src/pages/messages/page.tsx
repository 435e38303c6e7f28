import { SegmentedControl, Stack } from '@mantine/core';
import { PageHead } from '../../parts/page-head.tsx';
import { useText } from '../../shell/language.ts';
import { usePathBelow } from '../../shell/path.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { ById } from './by-id.tsx';
import { ByKey } from './by-key.tsx';
import { ByQueue } from './by-queue.tsx';
import { ByTopic } from './by-topic.tsx';
import { MessagePage } from './detail.tsx';
import { text } from './text.ts';

const WAYS = ['topic', 'key', 'id', 'queue'] as const;

/** Search of messages, or one of them: `/messages`, `/messages/<topic>/<id>`. */
export default function Messages() {
  const [topic, id] = usePathBelow('messages');
  return topic !== undefined && id !== undefined ? <MessagePage topic={topic} id={id} /> : <Search />;
}

function Search() {
  const t = useText(text);
  const [{ by }, change] = useUrlState({ by: 'topic' });
  const labels = { topic: t.byTopic, key: t.byKey, id: t.byId, queue: t.byQueue };
  return (
    <>
      <PageHead title={t.title} about={t.about} />
      <Stack gap="md">
        <SegmentedControl
          aria-label={t.searchBy}
          data={WAYS.map((value) => ({ value, label: labels[value] }))}
          value={by}
          onChange={(value) => change({ by: value })}
          style={{ alignSelf: 'flex-start', maxWidth: '100%', overflowX: 'auto' }}
          size="xs"
        />
        {by === 'key' ? <ByKey /> : by === 'id' ? <ById /> : by === 'queue' ? <ByQueue /> : <ByTopic />}
      </Stack>
    </>
  );
}
