import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CONTROLLER_GET_REPLICA_INFO,
  decodeClusterInfo,
  decodeEpochEntryCache,
  decodeSyncStateSet,
  GET_BROKER_CLUSTER_INFO,
  GET_BROKER_EPOCH_CACHE,
} from '@rocketmq-ts/protocol';
import { startApacheController } from '@rocketmq-ts/testkit/java';
import { brokerUnderTest } from './broker-under-test.ts';
import { type Make, startBroker } from './cluster.ts';

type Properties = Readonly<Record<string, string | number | boolean>>;

export const GROUP = 'broker-a';

/** What every member of a group has that a controller looks after, as Apache's quick start has it, with shorter times. */
const memberProperties: Properties = {
  enableControllerMode: true,
  brokerName: GROUP,
  brokerId: -1,
  brokerRole: 'SLAVE',
  brokerIP2: '127.0.0.1',
  allAckInSyncStateSet: true,
  controllerHeartBeatTimeoutMills: 3000,
  syncBrokerMetadataPeriod: 1000,
  haHousekeepingInterval: 6000,
};

/** Apache's controller, one node of it. */
export function startController(home: string, properties: Properties = {}) {
  return startApacheController({ home: join(home, 'controller'), properties });
}

/** Where a group is. */
export interface GroupPlace {
  readonly home: string;
  readonly namesrv: string;
  readonly controller: string;
}

/** A member of the group, in a folder of its own below `home`; started again after a kill it continues its store. */
export function startMember(place: GroupPlace, name: string, make: Make, properties: Properties = {}) {
  const home = join(place.home, name);
  return startBroker(make, home, place.namesrv, {
    ...memberProperties,
    controllerAddr: place.controller,
    storePathRootDir: join(home, 'store'),
    storePathCommitLog: join(home, 'store', 'commitlog'),
    ...properties,
  });
}

/** Asks again until the answer is as wanted; rejects with the last one. */
export async function until<Value>(
  ask: () => Promise<Value>,
  wanted: (value: Value) => boolean,
  timeoutMs: number,
): Promise<Value> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    let last: unknown;
    try {
      const value = await ask();
      if (wanted(value)) return value;
      last = JSON.stringify(value);
    } catch (error) {
      last = error;
    }
    if (Date.now() > giveUpAt) throw new Error(`not within ${timeoutMs} ms; last: ${last}`);
    await pause(100);
  }
}

/** What the controller says of the group. */
export async function groupAt(controller: string) {
  const asked = brokerUnderTest(controller);
  try {
    const { header, body } = await asked.ask(CONTROLLER_GET_REPLICA_INFO, { brokerName: GROUP });
    return { master: header.masterAddress, epoch: header.masterEpoch, inSync: decodeSyncStateSet(body).syncStateSet };
  } finally {
    await asked.stop();
  }
}

/** Epochs and end of a member's log. */
export async function epochsOf(broker: string) {
  const asked = brokerUnderTest(broker);
  try {
    const { epochList, maxOffset } = decodeEpochEntryCache((await asked.ask(GET_BROKER_EPOCH_CACHE, {})).body);
    return { epochs: epochList.map(({ epoch, startOffset }) => `${epoch}-${startOffset}`), maxOffset };
  } finally {
    await asked.stop();
  }
}

/** Address of the group's master at the name server. */
export async function registeredMaster(namesrv: string): Promise<string | undefined> {
  const asked = brokerUnderTest(namesrv);
  try {
    const { body } = await asked.ask(GET_BROKER_CLUSTER_INFO, {});
    return decodeClusterInfo(body).brokerAddrTable.get(GROUP)?.brokerAddrs.get(0);
  } finally {
    await asked.stop();
  }
}

/** The first so many bytes of the log of the member that was started with this name below `home`. */
export function logOf(home: string, name: string, bytes: number): Buffer {
  const folder = join(home, name, 'store', 'commitlog');
  return Buffer.concat(
    readdirSync(folder)
      .sort()
      .map((file) => readFileSync(join(folder, file))),
  ).subarray(0, bytes);
}
