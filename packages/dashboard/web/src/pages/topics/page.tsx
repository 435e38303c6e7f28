import { usePathBelow } from '../../shell/path.ts';
import { TopicList } from './topic-list.tsx';
import { TopicPage } from './topic-page.tsx';

/** The list of topics, or one of them: `topics/<topic>/<tab>`. */
export default function Topics() {
  const [topic, tab] = usePathBelow('topics');
  return topic === undefined ? <TopicList /> : <TopicPage key={topic} topic={topic} tab={tab} />;
}
