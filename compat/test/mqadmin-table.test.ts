import { pairingSuite } from '../support/mqadmin-table/pairing-suite.ts';
import { startScene } from '../support/mqadmin-table/scene.ts';
import { MESSAGES } from '../support/mqadmin-table/steps/messages.ts';
import { OPERATIONS } from '../support/mqadmin-table/steps/operations.ts';
import { QUEUES_AND_STATISTICS } from '../support/mqadmin-table/steps/queues-and-statistics.ts';
import { SERVERS } from '../support/mqadmin-table/steps/servers.ts';
import { TOPICS_AND_GROUPS } from '../support/mqadmin-table/steps/topics-and-groups.ts';

const STEPS = [...MESSAGES, ...TOPICS_AND_GROUPS, ...SERVERS, ...QUEUES_AND_STATISTICS, ...OPERATIONS];

pairingSuite('each command of mqadmin, ours and Apache’s, on clusters of both makes', STEPS, startScene);
