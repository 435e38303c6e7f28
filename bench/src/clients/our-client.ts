import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Producer, PushConsumer } from '@rocketmq-ts/client';

/**
 * Our client under a load that it makes itself; compat's ClientBenchProgram.java is the same with Apache's. `send` keeps
 * `inFlight` sends under way; `receive` takes `count` messages that are there already; `slow` has a handler that takes 100 ms.
 * Prints one JSON object: messages, seconds and CPU of the measured part, memory at its end.
 */
const SLOW_MS = 100;
const RECEIVE_LIMIT_MS = 120_000;

const { positionals } = parseArgs({ allowPositionals: true });
const given = new Map(positionals.map((word) => word.split('=') as [string, string]));
const counts = { done: 0, failed: 0 };

function text(name: string): string {
  const value = given.get(name);
  if (value === undefined) throw new Error(`missing argument ${name}`);
  return value;
}

/** What passes from now on; the returned function prints it. */
function measure(): () => void {
  const began = { time: performance.now(), cpu: process.cpuUsage(), done: counts.done };
  return () => {
    const seconds = (performance.now() - began.time) / 1000;
    const { user, system } = process.cpuUsage(began.cpu);
    const status = readFileSync('/proc/self/status', 'utf8');
    const kb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    const result = {
      ...{ count: counts.done - began.done, failed: counts.failed, seconds, cpuMicros: user + system },
      ...{ rssKb: kb('VmRSS'), peakKb: kb('VmHWM') },
    };
    console.log(JSON.stringify(result));
  };
}

async function send(): Promise<void> {
  const producer = new Producer({ namesrvAddr: text('namesrv'), producerGroup: text('group') });
  await producer.start();
  const body = new Uint8Array(Number(text('bodyBytes')));
  const topic = text('topic');
  let isOver = false;
  const sendOn = async (): Promise<void> => {
    while (!isOver) {
      try {
        await producer.send({ topic, body });
        counts.done++;
      } catch {
        counts.failed++;
      }
    }
  };
  const loops = Array.from({ length: Number(text('inFlight')) }, sendOn);
  await pause(Number(text('warmUpSeconds')) * 1000);
  const print = measure();
  await pause(Number(text('seconds')) * 1000);
  print();
  isOver = true;
  await Promise.all(loops);
  await producer.stop();
}

function newConsumer(): PushConsumer {
  const consumer = new PushConsumer({
    namesrvAddr: text('namesrv'),
    consumerGroup: text('group'),
    consumeFrom: 'FIRST_OFFSET',
  });
  consumer.subscribe(text('topic'));
  return consumer;
}

async function receive(): Promise<void> {
  const [warmUpCount, count] = [Number(text('warmUpCount')), Number(text('count'))];
  const consumer = newConsumer();
  const limit = setTimeout(() => {
    console.error('nothing more was received within two minutes');
    process.exit(1);
  }, RECEIVE_LIMIT_MS);
  let print = (): void => {};
  const all = new Promise<void>((resolve) => {
    const handle = (): void => {
      counts.done++;
      if (counts.done === warmUpCount) print = measure();
      if (counts.done === count) {
        print();
        resolve();
      }
    };
    void consumer.start(handle);
  });
  await all;
  clearTimeout(limit);
  await consumer.stop();
}

async function slow(): Promise<void> {
  const consumer = newConsumer();
  await consumer.start(async () => {
    await pause(SLOW_MS);
    counts.done++;
  });
  const print = measure();
  await pause(Number(text('seconds')) * 1000);
  print();
  await consumer.stop();
}

const modes: Readonly<Record<string, () => Promise<void>>> = { send, receive, slow };
const mode = modes[text('mode')];
if (mode === undefined) throw new Error('mode is send, receive or slow');
await mode();
