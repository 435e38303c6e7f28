import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerSimulation } from '@rocketmq-ts/testkit/broker-simulation';
import { runSeeds } from '@rocketmq-ts/testkit/simulations';

const FIRST = 1000;
const SEEDS = 80;
const WORKERS = 2;

/** `npm run simulate -- --broker --seeds N` runs any number; a failure names its seed and the smallest plan that still fails. */
test(`${SEEDS} seeded lives of a whole broker, ended at any step, keep what was acknowledged over the wire`, async () => {
  const { seeds } = await runSeeds({ simulation: 'broker', from: FIRST, seeds: SEEDS, workers: WORKERS });
  assert.equal(seeds, SEEDS);
});

/** The smallest parts of plans that once failed, and what was wrong. */
const FOUND: Readonly<Record<string, string>> = {
  'half a saved file, with zeros within a name, is no whole one': `
broker {"seed":1021,"diskLatencyMs":2,"networkLatencyMs":1,"writeBackChance":0,"smallFileMs":0,"logFlushMs":500}
0 start {"flush":"ASYNC_FLUSH"}
1 join {"group":"H"}
2 die {"calls":46,"how":"kill"}
3 send {"topic":"B","queueId":1,"bytes":54}
9 advance {"ms":11000}
17 die {"calls":3,"how":"power loss"}
18 start {"flush":"SYNC_FLUSH"}
19 start {"flush":"SYNC_FLUSH"}
22 die {"calls":32,"how":"power loss"}
23 batch {"topic":"D","queueId":1,"count":3}
24 back {"group":"H","topic":"D","share":0.34}
25 back {"group":"G","topic":"D","share":0.54}`,
  'a leftover whose sync failed is written anew before it takes the place of the file': `
broker {"seed":1115,"diskLatencyMs":20,"networkLatencyMs":1,"writeBackChance":0,"smallFileMs":0,"logFlushMs":30000}
0 start {"flush":"SYNC_FLUSH"}
1 fault {"operation":"sync","code":"EIO","times":4}
3 topic {"topic":"A","queues":6}
6 end {"how":"kill"}
7 start {"flush":"SYNC_FLUSH"}
13 end {"how":"power loss"}`,
  'progress of delays is not saved before the messages that were delivered are on the disk': `
broker {"seed":114,"diskLatencyMs":20,"networkLatencyMs":1,"writeBackChance":0.5,"smallFileMs":0,"logFlushMs":30000}
0 start {"flush":"SYNC_FLUSH"}
5 send {"topic":"C","queueId":0,"bytes":2993,"level":2}
10 group {"group":"G","retryQueues":2}
12 end {"how":"kill"}
13 start {"flush":"ASYNC_FLUSH"}
20 advance {"ms":11000}
31 end {"how":"power loss"}`,
  'the name of a log file is durable before a later process puts anything into it': `
broker {"seed":50470,"diskLatencyMs":0,"networkLatencyMs":1,"writeBackChance":0.5,"smallFileMs":300,"logFlushMs":500}
3 start {"flush":"ASYNC_FLUSH"}
4 die {"calls":8,"how":"kill"}
5 send {"topic":"D","queueId":2,"bytes":106}
9 advance {"ms":60}
19 start {"flush":"ASYNC_FLUSH"}
23 group {"group":"H","retryQueues":3}
24 send {"topic":"D","queueId":2,"bytes":175}
27 back {"group":"G","topic":"D","share":0.14,"dead":true}
28 end {"how":"stop","powerOff":true}`,
  'messages from before the deletion of a topic do not come back in front of those of its new life': `
broker {"seed":5227,"diskLatencyMs":20,"networkLatencyMs":0,"writeBackChance":0.5,"smallFileMs":0,"logFlushMs":500}
0 start {"flush":"ASYNC_FLUSH"}
1 send {"topic":"A","queueId":2,"bytes":182}
8 send {"topic":"D","queueId":2,"bytes":47}
33 untopic {"topic":"D"}
56 send {"topic":"D","queueId":2,"bytes":2515}
57 send {"topic":"D","queueId":0,"bytes":2740,"level":1}
59 send {"topic":"D","queueId":2,"bytes":169}
60 ungroup {"group":"H"}
61 end {"how":"power loss"}`,
  'a topic that was deleted while the broker did not know it is not made again by a delayed message that waits for it': `
broker {"seed":200206,"diskLatencyMs":0,"networkLatencyMs":5,"writeBackChance":0.1,"smallFileMs":0,"logFlushMs":500}
2 start {"flush":"SYNC_FLUSH"}
26 fault {"operation":"syncDirectory","times":1000}
27 back {"group":"G","topic":"A","share":0.31}
28 join {"group":"H"}
30 send {"topic":"D","queueId":1,"bytes":39}
41 topic {"topic":"A","queues":5}
42 send {"topic":"C","queueId":1,"bytes":48,"level":1}
45 answers {}
46 end {"how":"power loss"}
48 start {"flush":"ASYNC_FLUSH"}
60 untopic {"topic":"C"}`,
};

for (const [what, text] of Object.entries(FOUND)) {
  test(what, async () => {
    await brokerSimulation.replayText(text);
  });
}
