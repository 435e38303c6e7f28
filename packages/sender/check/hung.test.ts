import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { nodePlatform } from '@rocketmq-ts/kernel';
import { SenderError } from '@rocketmq-ts/sender';
import { parseDatabase } from '../src/database/database-options.ts';
import { KyselyDatabase } from '../src/database/kysely-database.ts';
import { openEngine } from '../src/database/open.ts';
import { startMariadb, startPostgres } from './servers.ts';

const { clock } = nodePlatform;
const SAVES = 40;
/** Connections of a pool: what was under way on them may be saved. */
const MAX_CONNECTIONS = 8;

/** Passes connections on to a port, until it keeps silent. */
async function relayTo(port: number) {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isSilent = false;
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    const pair = [from, to] as const;
    pairs.add(pair);
    for (const [one, other] of [pair, [to, from] as const]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
    if (isSilent) for (const socket of pair) socket.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const all = () => [...pairs].flat();
  return {
    port: (server.address() as { port: number }).port,
    silence() {
      isSilent = true;
      for (const socket of all()) socket.pause();
    },
    speak() {
      isSilent = false;
      for (const socket of all()) socket.resume();
    },
    close() {
      for (const socket of all()) socket.destroy();
      server.close();
    },
  };
}

// Most of the time is spent waiting.
suite('A database that vanishes without closing connections', { concurrency: true }, () => {
  for (const [name, start] of [
    ['PostgreSQL', startPostgres],
    ['MariaDB', startMariadb],
  ] as const) {
    test(`${name}: saves end, none waits for its return, and it is used again then`, async () => {
      await using server = await start();
      await server.createDatabase('hung');
      const url = new URL(server.url('hung'));
      const relay = await relayTo(Number(url.port));
      url.port = `${relay.port}`;
      const database = new KyselyDatabase(await openEngine(parseDatabase(url.href), clock), clock);
      const save = (uniqueKey: string): Promise<number> =>
        database.save(
          { lane: 'a', uniqueKey, topic: 'Orders', tags: undefined, keys: 'k', body: Buffer.from('x') },
          clock.now(),
        );
      try {
        await save('before');
        await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => database.count()));
        relay.silence();
        const saves = await Promise.allSettled(Array.from({ length: SAVES }, (_, i) => save(`${i}`)));
        for (const each of saves) {
          assert.ok(each.status === 'rejected' && each.reason instanceof SenderError);
          assert.equal(each.reason.code, 'DATABASE_FAILED');
        }
        relay.speak();
        await save('after');
        const rows = await database.list({}, { afterId: 0, limit: 100 });
        assert.equal(rows.at(-1)?.uniqueKey, 'after');
        assert.ok(rows.length <= 2 + MAX_CONNECTIONS, `${rows.length} rows`);
      } finally {
        await database.close();
        relay.close();
      }
    });
  }
});
