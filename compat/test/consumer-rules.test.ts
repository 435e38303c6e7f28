import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ours, startCluster } from '../support/cluster.ts';
import { javaRun } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';

/** What the program prints over a 5.4.0 broker, see there; with COMPAT_SELF=apache it is held against that. */
const EXPECTED = `
START offset_unknown 0
START resumed 10
START CONSUME_FROM_FIRST_OFFSET 10
START CONSUME_FROM_TIMESTAMP 10
START CONSUME_FROM_LAST_OFFSET 0
START stored {0:3=1,_0:4=1}
LITE from_2_and_from_the_end 3
LITE committed 5
LITE again_from_the_start 5
LITE offset_at_a_time 0 5
LITE committed_back 1
PULL offset_0 FOUND 5 5
PULL offset_4 FOUND 5 1
PULL offset_5 NO_NEW_MSG 5 0
PULL offset_6 OFFSET_ILLEGAL 5 0
PULL offset_99 OFFSET_ILLEGAL 5 0
PULL other_tag NO_MATCHED_MSG 5 0
PULL fetched_offset 0
PULL fetched_offset 4
PULL held FOUND 6 1
PEEK 0 0 FOUND 2 {invisibleTime=0,_popTime=0,_restNum=2}
PEEK 1 0 FOUND 4 {invisibleTime=0,_popTime=0,_restNum=5}
PEEK -1 0 FOUND 4 {invisibleTime=0,_popTime=0,_restNum=7}
PEEK 2 29 refused 0 -
NOTIFICATION G_look 0 {hasMsg=true,_pollingFull=false}
NOTIFICATION G_done 0 {hasMsg=false,_pollingFull=false}
POLLING 0 {pollingNum=0}
RESET status {0=5,_1=5}
RESET one_queue 12
RESET all {0=0,_1=0}
RESET received 22
RESET clone 5 5
RESET offline {0=0,_1=0} 0
RESET skip {0=5,_1=5} 5
RESET wrong T_None G_reset 17
RESET wrong T_Reset G_none 26
CLIENTS {0=0,_1=0}
CLIENTS received 20
DONE`;

suite("Apache's consumers and tools over our broker", { skip: unlessJava() }, () => {
  test('consumers start, seek, look and are moved by operators as over a 5.4.0 broker', {
    timeout: 200_000,
  }, async () => {
    const cluster = await startCluster({ namesrv: ours, broker: ours });
    try {
      const { broker } = cluster;
      const output = await javaRun(cluster, 'ConsumerRulesProgram', { broker }, { timeoutMs: 150_000 });
      const lines = output.split('\n').filter((line) => /^[A-Z]+(?: |$)/.test(line));
      assert.deepEqual(lines, EXPECTED.trim().split('\n'));
    } finally {
      await cluster.stop();
    }
  });
});
