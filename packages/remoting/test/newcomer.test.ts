import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFrame } from '@rocketmq-ts/protocol';
import { ECHO, type ScriptedPeer, Stage } from './stage.ts';

const request = encodeFrame({ code: ECHO.code, opaque: 1, extFields: { text: 'x'.repeat(100) } });

async function serving() {
  const stage = new Stage();
  const server = stage.server();
  server.handle(ECHO, (call) => call.answer({ text: call.header.text }));
  await server.start();
  return { stage, server };
}

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

/** What clients of other servers send first, and the log line for it. */
const FOREIGN: readonly (readonly [string, Buffer | string, RegExp])[] = [
  ['a browser', 'GET / HTTP/1.1\r\nHost: broker:10911\r\n\r\n', /speaks HTTP: .*dashboard \(port 8080\)/],
  ['a form', 'POST /login HTTP/1.1\r\n\r\n', /speaks HTTP: /],
  ['an HTTP proxy', 'CONNECT a:443 HTTP/1.1\r\n\r\n', /speaks HTTP: /],
  ['gRPC', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /speaks HTTP\/2 \(gRPC\): .*proxy \(port 8081\)/],
  ['TLS where it is off', hex('16 03 01 02 00 01 00 01 fc 03 03'), /speaks TLS: .*tls\.enable=false/],
  ['Redis', '*1\r\n$4\r\nPING\r\n', /speaks Redis/],
  ['Redis by hand', 'PING\r\n', /speaks Redis/],
  ['Redis by hand, in small letters', 'info\n', /speaks Redis/],
  ['Memcached', 'stats\r\n', /speaks Memcached/],
  ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n', /speaks SSH/],
  ['AMQP', hex('414d5150 00 00 09 01'), /speaks AMQP/],
  ['MQTT', hex('10 13 00 04 4d515454 04 02 00 3c 00 07 61626364656667'), /speaks MQTT/],
  ['MySQL', hex('54 00 00 01 8d a6 0f 20 00 00 00 01'), /speaks MySQL/],
  ['PostgreSQL', hex('00 00 00 54 00 03 00 00 75736572 00'), /speaks PostgreSQL/],
  ['PostgreSQL that asks for TLS', hex('00 00 00 08 04 d2 16 2f'), /speaks PostgreSQL/],
  ['MongoDB', hex('3a 00 00 00 01 00 00 00 00 00 00 00 dd 07 00 00'), /speaks MongoDB/],
  ['Kafka', hex('00 00 00 23 00 12 00 03 00 00 00 00 00 0d 636f6e73'), /speaks Kafka/],
  ['ZooKeeper', Buffer.concat([hex('00 00 00 2d'), Buffer.alloc(45)]), /speaks ZooKeeper/],
  ['a slave with an offset', hex('00 00 00 00 00 00 10 00'), /haListenPort/],
  ['a slave with a handshake', hex('00 00 00 01 00 00 00 00 00 00 00 00'), /haListenPort/],
  ['STOMP', 'CONNECT\naccept-version:1.2\n\n\0', /speaks STOMP/],
  ['NATS', 'CONNECT {"verbose":false}\r\n', /speaks NATS/],
  ['a mail client', 'EHLO client.example\r\n', /speaks SMTP/],
  ['rubbish', hex('ff fe fd fc fb fa f9 f8'), /speaks no protocol that is known here: check the address/],
];
for (const [what, bytes, says] of FOREIGN) {
  test(`${what} is closed at once, with one line that names its protocol and where it belongs`, async () => {
    for (const isSplit of [false, true]) {
      const { stage, server } = await serving();
      const peer = await stage.peer(server.port);
      const all = Buffer.from(bytes as string);
      for (const piece of isSplit ? Array.from(all, (byte) => Buffer.of(byte)) : [all]) {
        peer.connection.write(piece);
        await stage.settled();
      }
      await stage.settled();
      assert.equal(peer.isClosed, true);
      assert.equal(stage.lines.length, 1);
      // Byte by byte it may be refused before enough of it has arrived.
      if (!isSplit) assert.match(stage.lines[0]!.sentence, says);
      assert.ok(stage.lines[0]!.fields?.peer);
      await server.stop();
    }
  });
}

/** What servers of other protocols answer a client of ours that has their address. */
const ANSWERS: readonly (readonly [string, Buffer | string, RegExp])[] = [
  ['HTTP', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', /speaks HTTP[:;] check the address/],
  ['TLS', hex('15 03 03 00 02 02 32'), /speaks TLS[:;] .*tls\.enable=true/],
  ['Redis', '-ERR unknown command\r\n', /speaks Redis/],
  ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n', /speaks SSH/],
  ['mail', '220 mail.example ESMTP\r\n', /speaks SMTP or FTP/],
  ['nothing that is known', hex('ff fe fd fc fb fa f9 f8'), /bad frame|length/i],
];
for (const [what, bytes, says] of ANSWERS) {
  test(`a client whose server speaks ${what} names that in the log and in the error`, async () => {
    const stage = new Stage();
    const listener = await stage.network.listen({ host: '127.0.0.1', port: 0 }, (connection) => {
      connection.setHandlers({
        onData: () => void connection.write(Buffer.from(bytes as string)),
        onDrain: () => {},
        onClose: () => {},
      });
    });
    const client = stage.client();
    client.start();
    await assert.rejects(
      client.request(`127.0.0.1:${listener.port}`, ECHO, { text: 'x' }, { timeoutMs: 1000 }),
      (error) => error instanceof Error && says.test(error.message),
    );
    assert.equal(stage.lines.length, 1);
    assert.match(stage.lines[0]!.sentence, says);
    assert.doesNotMatch(JSON.stringify(stage.lines), /enableSplitRegistration/);
    await client.stop();
  });
}

test('a thousand connections of one kind are two lines, and one kind does not hide another', async () => {
  const { stage, server } = await serving();
  for (let i = 0; i < 1000; i++)
    (await stage.peer(server.port)).connection.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  (await stage.peer(server.port)).connection.write(Buffer.from('SSH-2.0-x\r\n'));
  await stage.settled();
  assert.deepEqual(
    stage.lines.map(({ sentence }) => /speaks (\w+)/.exec(sentence)?.[1]),
    ['HTTP', 'SSH'],
  );
  await stage.clock.advance(61_000);
  assert.equal(stage.lines.length, 3);
  assert.match(stage.lines[2]!.sentence, /speaks HTTP: .*\(999 times since the last such line\)/);
  await server.stop();
});

test('counts that are not logged yet are logged when the server stops', async () => {
  const { stage, server } = await serving();
  for (let i = 0; i < 3; i++) (await stage.peer(server.port)).connection.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await stage.settled();
  await server.stop();
  assert.match(stage.lines.at(-1)!.sentence, /2 times/);
});

async function peers(stage: Stage, port: number, count: number): Promise<ScriptedPeer[]> {
  return Promise.all(Array.from({ length: count }, () => stage.peer(port)));
}

test('connections that never send a byte are closed after ten seconds, with one line for all of them', async () => {
  const { stage, server } = await serving();
  const silent = await peers(stage, server.port, 500);
  await stage.clock.advance(9000);
  assert.ok(silent.every((peer) => !peer.isClosed));
  await stage.clock.advance(1200);
  assert.ok(silent.every((peer) => peer.isClosed));
  assert.equal(stage.lines.length, 1);
  assert.match(stage.lines[0]!.sentence, /sent nothing for 10 s/);
  await server.stop();
});

test('a connection whose first request is never complete is closed after ten seconds, one with a later such request after thirty', async () => {
  const { stage, server } = await serving();
  const [first, later] = (await peers(stage, server.port, 2)) as [ScriptedPeer, ScriptedPeer];
  later.connection.write(request);
  await stage.settled();
  for (const peer of [first, later]) peer.connection.write(request.subarray(0, 50));
  await stage.settled();
  await stage.clock.advance(11_000);
  assert.deepEqual([first.isClosed, later.isClosed], [true, false]);
  await stage.clock.advance(20_000);
  assert.deepEqual([first.isClosed, later.isClosed], [true, true]);
  assert.match(stage.lines[0]!.sentence, /began a request and did not complete it/);
  await server.stop();
});

test('three bytes of a SOCKS client are no frame either: the log line names the protocol', async () => {
  const { stage, server } = await serving();
  const peer = await stage.peer(server.port);
  peer.connection.write(hex('05 01 00'));
  await stage.settled();
  await stage.clock.advance(11_000);
  assert.equal(peer.isClosed, true);
  assert.match(stage.lines[0]!.sentence, /looks like SOCKS/);
  assert.equal(stage.lines[0]!.fields?.port, server.port);
  await server.stop();
});

test('a connection that sends a byte a second is closed, one that sends a large request over a slow line is not', async () => {
  const { stage, server } = await serving();
  const [drip, slow] = (await peers(stage, server.port, 2)) as [ScriptedPeer, ScriptedPeer];
  const large = encodeFrame({ code: ECHO.code, opaque: 2, extFields: { text: 'y' }, body: Buffer.alloc(2_000_000) });
  const announced = Buffer.from([0, 0xff, 0xff, 0xf0, 0, 0, 0, 100]);
  drip.connection.write(announced);
  for (let second = 0; second < 80; second++) {
    drip.connection.write(Buffer.from('x'));
    slow.connection.write(large.subarray(second * 26_000, (second + 1) * 26_000));
    await stage.clock.advance(1000);
  }
  assert.equal(drip.isClosed, true);
  assert.deepEqual([slow.isClosed, slow.frames.length], [false, 1]);
  await server.stop();
});

test('an idle client that has been served is not taken for a silent one', async () => {
  const { stage, server } = await serving();
  const peer = await stage.peer(server.port);
  peer.connection.write(request);
  await stage.settled();
  await stage.clock.advance(100_000);
  assert.equal(peer.isClosed, false);
  assert.deepEqual(stage.lines, []);
  await server.stop();
});
