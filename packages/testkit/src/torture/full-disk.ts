import { nodePlatform, sleep } from '@rocketmq-ts/kernel';
import { ResponseCode } from '@rocketmq-ts/protocol';
import { type OurServer, startOurBroker, startOurNamesrv } from '../processes.ts';
import { BrokerClient } from './broker-client.ts';
import { SmallDisk } from './small-disk.ts';

interface FaultRunOptions {
  /** Working folder; the small disk is mounted below it. */
  readonly folder: string;
  /** Called for each check that holds. */
  readonly passed: (name: string) => void;
  readonly failed: (name: string, error: unknown) => void;
}

const TOPIC = 'Faults';
const DISK_MIB = 48;
const BODY_BYTES = 4096;
const PATIENCE_MS = 15_000;
const PROPERTIES = { mappedFileSizeCommitLog: 4 * 1024 * 1024, mappedFileSizeConsumeQueue: 20_000 };

/** Our broker on a real disk that others fill, lock and make read-only. Rejects when no such disk can be made. */
export async function runDiskFaults(options: FaultRunOptions): Promise<void> {
  const disk = new SmallDisk(`${options.folder}/disk`, DISK_MIB);
  disk.mount();
  const namesrv = await startOurNamesrv({ home: `${options.folder}/namesrv` });
  try {
    for (const flushDiskType of ['ASYNC_FLUSH', 'SYNC_FLUSH']) {
      const run = new FaultRun(disk, namesrv.address, options.folder, flushDiskType);
      const checks: [string, () => Promise<void>][] = [
        ['sends to a disk with room are stored', () => run.sendSome(500)],
        ['an outsider fills the disk: sends are refused with code 14', () => run.refuse()],
        ['the consumer reads on and commits', () => run.consume()],
        ['space is freed: sends come back without a restart', () => run.comeBack()],
        ['the disk is filled and freed again', () => run.refuse().then(() => run.comeBack())],
        [
          'killed on a full disk, started on it and after space was freed: nothing acknowledged is lost',
          () => run.killFull(),
        ],
        ['a folder that takes no file: sends are refused, and come back', () => run.lockFolder()],
        [
          'a read-only disk: the broker reports why it does not start, and starts when it is writable',
          () => run.readOnly(),
        ],
      ];
      await run.start();
      try {
        for (const [name, check] of checks) {
          try {
            await check();
            options.passed(`${flushDiskType}: ${name}`);
          } catch (error) {
            options.failed(`${flushDiskType}: ${name}`, error);
            break;
          }
        }
      } finally {
        await run.end();
      }
    }
  } finally {
    await namesrv.kill();
    disk.unmount();
  }
}

/** One broker and its clients, and what was acknowledged. */
class FaultRun {
  readonly #disk: SmallDisk;
  readonly #namesrv: string;
  readonly #home: string;
  readonly #store: string;
  readonly #flushDiskType: string;
  #broker: OurServer | undefined;
  #client: BrokerClient | undefined;
  #port: number | undefined;
  #next = 0;
  #consumed = 0;
  /** By queue offset, the number of the message. */
  readonly #acknowledged: number[] = [];
  readonly #refused = new Set<number>();

  constructor(disk: SmallDisk, namesrv: string, folder: string, flushDiskType: string) {
    this.#disk = disk;
    this.#namesrv = namesrv;
    this.#home = `${folder}/broker-${flushDiskType}`;
    this.#store = `${disk.path}/${flushDiskType}`;
    this.#flushDiskType = flushDiskType;
  }

  async start(timeoutMs = 20_000): Promise<void> {
    this.#broker = await startOurBroker({
      home: this.#home,
      namesrv: this.#namesrv,
      storeDirectory: this.#store,
      properties: { ...PROPERTIES, flushDiskType: this.#flushDiskType },
      timeoutMs,
      ...(this.#port === undefined ? {} : { port: this.#port }),
    });
    this.#port = this.#broker.port;
    this.#client = new BrokerClient(this.#broker.address, TOPIC);
    if (this.#next === 0) await this.#client.createTopic(1);
  }

  async end(): Promise<void> {
    await this.#client?.stop();
    await this.#broker?.kill();
    this.#client = undefined;
    this.#broker = undefined;
  }

  async sendSome(count: number): Promise<void> {
    for (let i = 0; i < count; i += 10) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => this.#send()));
      for (const { code, remark } of answers) expect(code === ResponseCode.SUCCESS, `a send got ${code} ${remark}`);
    }
  }

  async refuse(): Promise<void> {
    this.#disk.ballast.fill();
    await this.#until('sends are refused', async () => (await this.#send()).code !== ResponseCode.SUCCESS);
    for (let i = 0; i < 20; i++) {
      const { code, remark } = await this.#send();
      expect(code === ResponseCode.SERVICE_NOT_AVAILABLE, `a send to a full disk got ${code} ${remark}`);
      expect(/disk is full|no space is left/.test(remark), `the remark does not give the reason: ${remark}`);
      await sleep(nodePlatform.clock, 100);
    }
  }

  async consume(): Promise<void> {
    const client = this.#needClient();
    while (this.#consumed < this.#acknowledged.length) {
      const { messages, nextBeginOffset } = await client.pull(0, this.#consumed);
      expect(messages.length > 0, `nothing came from offset ${this.#consumed} on`);
      for (const { queueOffset, body } of messages) this.#see(queueOffset, body);
      this.#consumed = nextBeginOffset;
      await client.commit(0, this.#consumed);
    }
    expect((await client.progress(0)) === this.#consumed, 'the progress of the consumer was not taken');
  }

  async comeBack(): Promise<void> {
    this.#disk.ballast.free();
    await this.#until('sends come back', async () => (await this.#send()).code === ResponseCode.SUCCESS);
    await this.sendSome(100);
    await this.consume();
  }

  async killFull(): Promise<void> {
    await this.refuse();
    await this.end();
    // As long as it is full the broker serves those who read.
    await this.start();
    await this.#readBack();
    await this.refuse();
    await this.end();
    this.#disk.ballast.free();
    await this.start();
    await this.#readBack();
    await this.sendSome(50);
  }

  async lockFolder(): Promise<void> {
    this.#disk.setImmutable(`${this.#store}/commitlog`, true);
    try {
      // Until the files that are there are full.
      await this.#until('sends are refused', async () => (await this.#send()).code !== ResponseCode.SUCCESS, 3000);
      await this.consume();
    } finally {
      this.#disk.setImmutable(`${this.#store}/commitlog`, false);
    }
    await this.comeBack();
  }

  async readOnly(): Promise<void> {
    await this.end();
    this.#disk.remount('ro');
    try {
      const started = await this.start(8000).then(
        () => 'it started',
        (error: unknown) => String(error),
      );
      expect(/EROFS|read-only/i.test(started), `a broker on a read-only disk reports: ${started}`);
    } finally {
      this.#disk.remount('rw');
    }
    await this.start();
    await this.#readBack();
    await this.sendSome(50);
  }

  async #readBack(): Promise<void> {
    const client = this.#needClient();
    const maxOffset = await client.maxOffset(0);
    expect(maxOffset >= this.#acknowledged.length, `${this.#acknowledged.length} acknowledged, ${maxOffset} are there`);
    for (let offset = 0; offset < this.#acknowledged.length; ) {
      const { messages, nextBeginOffset } = await client.pull(0, offset);
      expect(messages.length > 0, `nothing came from offset ${offset} on`);
      for (const { queueOffset, body } of messages) this.#see(queueOffset, body);
      offset = nextBeginOffset;
    }
  }

  #see(queueOffset: number, body: Buffer): void {
    const number = body.readInt32BE(0);
    expect(!this.#refused.has(number), `${number} was refused and is at offset ${queueOffset}`);
    const acknowledged = this.#acknowledged[queueOffset];
    expect(acknowledged === number, `offset ${queueOffset} has ${number}, ${acknowledged} was acknowledged there`);
  }

  async #send(): Promise<{ readonly code: number; readonly remark: string }> {
    const number = this.#next++;
    const body = Buffer.alloc(BODY_BYTES, number & 0xff);
    body.writeInt32BE(number, 0);
    const answer = await this.#needClient().trySend(0, [body]);
    if (answer.code === ResponseCode.SUCCESS) this.#acknowledged[answer.queueOffset] = number;
    else this.#refused.add(number);
    return answer;
  }

  async #until(what: string, holds: () => Promise<boolean>, tries = 300): Promise<void> {
    const sinceMs = nodePlatform.clock.monotonicMs();
    for (let i = 0; i < tries && nodePlatform.clock.monotonicMs() - sinceMs < PATIENCE_MS; i++) {
      if (await holds()) return;
      if (tries <= 300) await sleep(nodePlatform.clock, 50);
    }
    throw new Error(`it never came that ${what}`);
  }

  #needClient(): BrokerClient {
    if (this.#client === undefined) throw new Error('the broker is not started');
    return this.#client;
  }
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
