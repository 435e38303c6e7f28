import type { TraceState } from '../../../../src/api/index.ts';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** Why there is no trace: each reason asks for something else. */
export function WhyEmpty({ state, traceTopic }: { readonly state: TraceState; readonly traceTopic: string }) {
  const t = useText(text);
  const [title, about] =
    state === 'TOPIC_MISSING'
      ? [t.topicMissing, t.topicMissingText(traceTopic)]
      : state === 'FAILED'
        ? [t.failed, t.failedText]
        : [t.noRecord, t.noRecordText(traceTopic)];
  return (
    <Card>
      <Empty title={title}>{about}</Empty>
    </Card>
  );
}
