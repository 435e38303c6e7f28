import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Connection,
  Guard,
  guardedPlatform,
  type LogFields,
  type Logger,
  silentLogger,
} from '@rocketmq-ts/kernel';
import { simulatedPlatform } from '../src/index.ts';

/** A platform whose callbacks a guard runs, and what that logs. */
function guarded() {
  const real = simulatedPlatform(1);
  const lines: { sentence: string; fields: LogFields | undefined }[] = [];
  const logger: Logger = { ...silentLogger, error: (sentence, fields) => void lines.push({ sentence, fields }) };
  const guard = new Guard(real.clock, logger);
  return { real, guard, lines, platform: guardedPlatform(real, guard) };
}

const fail = (): never => {
  throw new TypeError('a defect');
};

test('a periodic task that fails is logged with its place, and comes again', async () => {
  const { real, lines, platform } = guarded();
  let runs = 0;
  const timer = platform.clock.every(200, () => {
    runs += 1;
    fail();
  });
  await real.clock.advance(1000);
  assert.equal(runs, 5);
  assert.equal(lines.length, 1, 'the first one is logged, the others are counted');
  assert.match(lines[0]!.sentence, /a task of every 200 ms failed/);
  assert.match((lines[0]!.fields?.error as Error | undefined)?.stack ?? '', /guard\.test\.ts/);
  await real.clock.advance(61_000);
  assert.match(lines[1]!.sentence, /\(\d+ times since the last such line\)/);
  timer.cancel();
});

test('timers and ends of turns that fail leave the others alone', async () => {
  const { real, lines, platform } = guarded();
  const ran: string[] = [];
  platform.clock.after(10, fail);
  platform.clock.after(10, () => void ran.push('after'));
  platform.clock.endOfTurn(fail);
  platform.clock.endOfTurn(() => void ran.push('turn'));
  await real.clock.advance(20);
  assert.deepEqual(ran.sort(), ['after', 'turn']);
  assert.equal(lines.length, 2);
});

test('a connection whose task fails is closed, others are served on', async () => {
  const { real, lines, platform } = guarded();
  const closed: number[] = [];
  const received: string[] = [];
  let count = 0;
  const listener = await platform.network.listen({ host: '0.0.0.0', port: 0 }, (connection: Connection) => {
    const id = count++;
    if (id === 2) fail();
    connection.setHandlers({
      onData: (chunk) => {
        if (id === 0) fail();
        received.push(chunk.toString());
      },
      onDrain: fail,
      onClose: () => {
        closed.push(id);
        if (id === 1) fail();
      },
    });
  });
  const handlers = { onData: () => {}, onDrain: () => {}, onClose: () => {} };
  const peers: Connection[] = [];
  for (let i = 0; i < 3; i++) {
    const peer = await real.clock.run(
      platform.network.connect({ host: '127.0.0.1', port: listener.port, timeoutMs: 1000 }),
    );
    peer.setHandlers(handlers);
    peers.push(peer);
    peer.write(Buffer.from('x'));
  }
  await real.clock.advance(10);
  assert.deepEqual([closed, received], [[0], ['x']]);
  peers[1]!.destroy();
  await real.clock.advance(10);
  assert.deepEqual(closed, [0, 1]);
  assert.equal(lines.length, 3, 'data, accepting, end');
  await listener.close();
});

test('what follows a call of the disk fails for itself', async () => {
  const { real, lines, platform } = guarded();
  const file = platform.disk.open('/f', 'create');
  const bytes = Buffer.from('abc');
  file.write(bytes, 0, 3, 0, fail);
  file.sync(fail);
  file.read(bytes, 0, 3, 0, fail);
  platform.disk.removeFile('/g', fail);
  await real.clock.advance(100);
  const places = lines.map(({ sentence }) => /what follows [^;]* failed/.exec(sentence)?.[0]);
  assert.deepEqual(places.sort(), [
    'what follows a read of /f failed',
    'what follows a sync of /f failed',
    'what follows a write to /f failed',
    'what follows the removal of /g failed',
  ]);
  file.close();
});
