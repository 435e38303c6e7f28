import { pairingSuite } from '../support/mqadmin-table/pairing-suite.ts';
import { startStaticTopicScene } from '../support/mqadmin-table/static-topic-scene.ts';
import { STATIC_TOPICS } from '../support/mqadmin-table/steps/static-topics.ts';

pairingSuite('what mqadmin shows of a static topic that has moved', STATIC_TOPICS, startStaticTopicScene, {
  isRecorded: false,
});
