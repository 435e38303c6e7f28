import assert from 'node:assert/strict';
import { SeededRandom } from '@rocketmq-ts/testkit';
import type { ClusterServer } from '@rocketmq-ts/testkit/cluster';
import { assertAllIn, assertSame, consumed, type Group, startGroup } from './controlled-group.ts';

const NAMES = ['broker-a', 'broker-a-s1', 'broker-a-s2'];
const STEPS = 30;
const SEND_TIMEOUT_MS = 1500;
/** Within which all is well once nothing is broken. */
const RECOVERY_MS = 40_000;

/**
 * A group of three brokers through thirty steps that follow from the seed: sends, kills and losses of power at any call, partitions,
 * elections, a controller that tells nobody, and time. In the end all three logs are the same and have what was acknowledged. Resolves
 * to how many messages that were; rejects with the story.
 */
export async function runGroup(seed: number): Promise<number> {
  const random = new SeededRandom(seed);
  const isSynced = random.chance(0.5);
  const properties = {
    ...(random.chance(0.5) ? { allAckInSyncStateSet: 'true' } : { allAckInSyncStateSet: 'false', inSyncReplicas: '2' }),
    ...(random.chance(0.3) ? { minInSyncReplicas: '2' } : {}),
    ...(isSynced ? { flushDiskType: 'SYNC_FLUSH' } : {}),
    ...{ haMaxTimeSlaveNotCatchup: '4000', haHousekeepingInterval: '5000', controllerHeartBeatTimeoutMills: '3000' },
  };
  const run = new GroupRun(random, await startGroup(NAMES.length, properties, seed), isSynced);
  try {
    for (let step = 0; step < STEPS; step++) await run.step(step);
    return await run.end();
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}\n${JSON.stringify(properties)}\n${run.story()}`, {
      cause: error,
    });
  }
}

class GroupRun {
  readonly #random: SeededRandom;
  readonly #group: Group;
  /** Every acknowledged message is on the disk, so that a loss of power loses none. */
  readonly #isSynced: boolean;
  readonly #acknowledged: string[] = [];
  readonly #story: string[] = [];

  constructor(random: SeededRandom, group: Group, isSynced: boolean) {
    this.#random = random;
    this.#group = group;
    this.#isSynced = isSynced;
  }

  async step(step: number): Promise<void> {
    const random = this.#random;
    const { cluster } = this.#group;
    const what = random.below(10);
    const member = cluster.broker(random.pick(NAMES));
    if (what < 3) await this.#send(random.between(1, 6), `s${step}`);
    else if (what === 3 && member.isRunning) this.#kill(member);
    else if (what === 4 && member.isRunning) {
      member.dieAt({ calls: random.between(1, 60), how: this.#mayLosePower() ? 'power loss' : 'kill' });
      this.#say(`${member.name} dies soon`);
    } else if ((what === 5 || what === 6) && !member.isRunning) await this.#start(member);
    else if (what === 7) this.#partition();
    else if (what === 8) this.#healOrElect();
    else if (what === 9) {
      const ms = random.between(100, 6000);
      await cluster.advance(ms);
      this.#say(`${ms} ms pass`);
    }
  }

  /** Everything is mended and must come right. */
  async end(): Promise<number> {
    const { cluster, controller } = this.#group;
    cluster.heal();
    controller.isSilent = false;
    for (const name of NAMES) {
      const member = cluster.broker(name);
      if (member.isRunning) member.kill();
      await this.#start(member);
    }
    await cluster.advance(RECOVERY_MS);
    this.#say('everything is mended');
    await this.#send(3, 'last');
    await cluster.advance(2000);
    assert.deepEqual([...controller.set].sort(), [1, 2, 3]);
    for (const other of NAMES.slice(1)) await assertSame(this.#group, NAMES[0], other, false);
    assertAllIn(this.#acknowledged, await consumed(this.#group));
    await this.#group.stop();
    return this.#acknowledged.length;
  }

  /** What happened, and what the brokers warned of in the end. */
  story(): string {
    const warnings = this.#group.lines.filter(({ level }) => level === 'warn' || level === 'error').slice(-15);
    const shown = warnings.map(
      (line) => `${line.machine} ${line.sentence} ${JSON.stringify(line.fields).slice(0, 200)}`,
    );
    return [...this.#story, ...shown].join('\n');
  }

  async #send(count: number, text: string): Promise<void> {
    const got = await this.#group.send(count, text, SEND_TIMEOUT_MS);
    this.#acknowledged.push(...got);
    this.#say(`${got.length} of ${count} are acknowledged`);
  }

  #mayLosePower(): boolean {
    return this.#isSynced && this.#random.chance(0.5);
  }

  #kill(member: ClusterServer): void {
    const losesPower = this.#mayLosePower();
    if (losesPower) member.powerOff();
    else member.kill();
    this.#say(`${member.name} ${losesPower ? 'loses its power' : 'is killed'}`);
  }

  async #start(member: ClusterServer): Promise<void> {
    member.died = undefined;
    await member.start();
    this.#say(`${member.name} is started`);
  }

  #partition(): void {
    const places = ['controller', ...NAMES];
    const [one, other] = [this.#random.pick(places), this.#random.pick(places)];
    if (one === other) return;
    this.#group.cluster.partition(one, other);
    this.#say(`${one} and ${other} are apart`);
  }

  #healOrElect(): void {
    const { cluster, controller } = this.#group;
    if (this.#random.chance(0.6)) {
      cluster.heal();
      return this.#say('all are connected');
    }
    controller.isSilent = this.#random.chance(0.5);
    const id = this.#random.pick(controller.set);
    controller.elect(id);
    this.#say(`${id} is elected${controller.isSilent ? ', and nobody is told' : ''}`);
  }

  #say(line: string): void {
    const { cluster, controller } = this.#group;
    const seconds = (cluster.clock.monotonicMs() / 1000).toFixed(1);
    this.#story.push(`${seconds} s  ${line}; master ${controller.masterId}, in sync ${controller.set.join()}`);
  }
}
