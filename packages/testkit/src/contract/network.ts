import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Connection, type Listener, type Network, systemErrorCode } from '@rocketmq-ts/kernel';

interface NetworkContractSubject {
  readonly network: Network;
  end?(): void | Promise<void>;
}

/** What every `Network` promises, seen over 127.0.0.1. Call it at the top of a test file. */
export function describeNetworkContract(
  name: string,
  make: () => NetworkContractSubject | Promise<NetworkContractSubject>,
): void {
  describe(`network contract: ${name}`, () => {
    let subject: NetworkContractSubject;
    before(async () => {
      subject = await make();
    });
    after(() => subject.end?.());
    describeBytes(() => subject.network);
    describeEnds(() => subject.network);
    describePorts(() => subject.network);
  });
}

function describeBytes(network: () => Network): void {
  test('bytes arrive in order in both directions, and each end knows the other', async () => {
    const { client, server, close } = await pair(network());
    client.connection.write(Buffer.from('to the '));
    client.connection.write(Buffer.from('server'));
    server.connection.write(Buffer.from('to the client'));
    assert.equal((await server.received(13)).toString(), 'to the server');
    assert.equal((await client.received(13)).toString(), 'to the client');
    assert.equal(client.connection.remote.host, '127.0.0.1');
    assert.equal(client.connection.remote.port, server.connection.local.port);
    assert.deepEqual(server.connection.remote, client.connection.local);
    assert.equal(server.connection.proxied, undefined);
    await close();
  });

  test('a write calls back when its bytes are taken, and nothing is pending then', async () => {
    const { client, server, close } = await pair(network());
    await new Promise<void>((resolve) => client.connection.write(Buffer.from('taken'), resolve));
    assert.equal(client.connection.pendingBytes, 0);
    await server.received(5);
    await close();
  });

  test('several buffers are written as one, whether the system takes all of them at once or not', async () => {
    const { client, server, close } = await pair(network());
    server.connection.pauseReading();
    const buffers = Array.from({ length: 40 }, (_, i) => Buffer.alloc(i % 2 === 0 ? 12 : 1 << 20, i));
    let taken = 0;
    client.connection.writeAll([Buffer.from('fi'), Buffer.from('rst')], () => taken++);
    client.connection.writeAll(buffers, () => taken++);
    assert.ok(client.connection.pendingBytes > 0);
    server.connection.resumeReading();
    const all = Buffer.concat([Buffer.from('first'), ...buffers]);
    assert.ok((await server.received(all.length)).equals(all));
    assert.equal(client.connection.pendingBytes, 0);
    assert.equal(taken, 2);
    await close();
  });

  test('bytes pile up while the peer does not read, drain when it does, and none is lost', async () => {
    const { client, server, close } = await pair(network());
    server.connection.pauseReading();
    const chunk = Buffer.alloc(1 << 20, 7);
    let written = 0;
    // More than any system buffer between the two can hold.
    while (written < 24) {
      client.connection.write(chunk);
      written++;
    }
    assert.ok(client.connection.pendingBytes > 0);
    const drained = client.drained();
    server.connection.resumeReading();
    assert.equal((await server.received(written * chunk.length)).length, written * chunk.length);
    await drained;
    assert.equal(client.connection.pendingBytes, 0);
    await close();
  });

  test('what came before a handler was set is not lost', async () => {
    const accepted: Connection[] = [];
    const listener = await network().listen({ host: '127.0.0.1', port: 0 }, (connection) => {
      accepted.push(connection);
      new End(connection).connection.write(Buffer.from('greeting'));
    });
    const connection = await network().connect({ host: '127.0.0.1', port: listener.port, timeoutMs: 5000 });
    const client = new End(connection);
    assert.equal((await client.received(8)).toString(), 'greeting');
    connection.destroy();
    await listener.close();
  });
}

function describeEnds(network: () => Network): void {
  test('an end comes after the bytes that were written before it, and closes both sides without an error', async () => {
    const { client, server, close } = await pair(network());
    client.connection.write(Buffer.alloc(300_000, 1));
    client.connection.end();
    assert.equal(await server.closed, undefined);
    assert.equal(server.gathered().length, 300_000);
    assert.equal(await client.closed, undefined);
    await close();
  });

  test('a destroyed connection gives its own reason to its own side and closes the other', async () => {
    const { client, server, close } = await pair(network());
    const reason = new Error('enough');
    client.connection.destroy(reason);
    client.connection.destroy(new Error('later'));
    assert.equal(await client.closed, reason);
    await server.closed;
    await close();
  });

  test('closing is reported once, also when both sides close', async () => {
    const { client, server, close } = await pair(network());
    client.connection.destroy();
    server.connection.destroy();
    await Promise.all([client.closed, server.closed]);
    assert.equal(client.closeCount, 1);
    assert.equal(server.closeCount, 1);
    await close();
  });

  test('a write to a lost connection still calls back', async () => {
    const { client, server, close } = await pair(network());
    client.connection.destroy();
    await client.closed;
    await new Promise<void>((resolve) => client.connection.write(Buffer.from('late'), resolve));
    await server.closed;
    await close();
  });

  test('writes that were pending when the connection was lost call back', async () => {
    const { client, server, close } = await pair(network());
    server.connection.pauseReading();
    const done: Promise<void>[] = [];
    for (let index = 0; index < 24; index++) {
      done.push(new Promise((resolve) => client.connection.write(Buffer.alloc(1 << 20), resolve)));
    }
    client.connection.destroy();
    await Promise.all(done);
    server.connection.destroy();
    await server.closed;
    await close();
  });
}

function describePorts(network: () => Network): void {
  test('a port in use is refused with EADDRINUSE and free again after the close', async () => {
    const first = await network().listen({ host: '127.0.0.1', port: 0 }, ignore);
    await assert.rejects(network().listen({ host: '127.0.0.1', port: first.port }, ignore), withCode('EADDRINUSE'));
    await first.close();
    const second = await network().listen({ host: '127.0.0.1', port: first.port }, ignore);
    await second.close();
  });

  test('a connection to a port without a listener is refused with ECONNREFUSED', async () => {
    const listener = await network().listen({ host: '127.0.0.1', port: 0 }, ignore);
    await listener.close();
    const attempt = network().connect({ host: '127.0.0.1', port: listener.port, timeoutMs: 5000 });
    await assert.rejects(attempt, withCode('ECONNREFUSED'));
  });

  test('closing a listener leaves open connections open', async () => {
    const { client, server, listener } = await pair(network());
    await listener.close();
    client.connection.write(Buffer.from('still'));
    assert.equal((await server.received(5)).toString(), 'still');
    client.connection.destroy();
    await server.closed;
  });

  test('the machine has a loopback address', () => {
    assert.ok(
      network()
        .interfaces()
        .some((each) => each.loopback && each.address === '127.0.0.1'),
    );
  });
}

interface Pair {
  readonly client: End;
  readonly server: End;
  readonly listener: Listener;
  close(): Promise<void>;
}

async function pair(network: Network): Promise<Pair> {
  let accepted: (end: End) => void = () => {};
  const server = new Promise<End>((resolve) => {
    accepted = resolve;
  });
  const listener = await network.listen({ host: '127.0.0.1', port: 0 }, (connection) => accepted(new End(connection)));
  const client = new End(await network.connect({ host: '127.0.0.1', port: listener.port, timeoutMs: 5000 }));
  const serverEnd = await server;
  return {
    client,
    server: serverEnd,
    listener,
    close: async () => {
      client.connection.destroy();
      serverEnd.connection.destroy();
      await Promise.all([client.closed, serverEnd.closed, listener.close()]);
    },
  };
}

/** One end of a connection with everything that happened to it. */
class End {
  readonly connection: Connection;
  readonly closed: Promise<Error | undefined>;
  closeCount = 0;
  readonly #chunks: Buffer[] = [];
  #receivedBytes = 0;
  #onData: () => void = () => {};
  #onDrain: () => void = () => {};

  constructor(connection: Connection) {
    this.connection = connection;
    this.closed = new Promise((resolve) => {
      connection.setHandlers({
        onData: (chunk) => {
          this.#chunks.push(chunk);
          this.#receivedBytes += chunk.length;
          this.#onData();
        },
        onDrain: () => this.#onDrain(),
        onClose: (error) => {
          this.closeCount++;
          resolve(error);
        },
      });
    });
  }

  gathered(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Everything received, once it is at least so much. */
  async received(bytes: number): Promise<Buffer> {
    while (this.#receivedBytes < bytes) {
      await new Promise<void>((resolve) => {
        this.#onData = resolve;
      });
    }
    return this.gathered();
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDrain = resolve;
    });
  }
}

function ignore(connection: Connection): void {
  connection.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: () => {} });
}

function withCode(code: string): (error: unknown) => boolean {
  return (error) => systemErrorCode(error) === code;
}
