import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { nodeClock, nodeNetwork, silentLogger } from '@rocketmq-ts/kernel';
import { encodeFrame } from '@rocketmq-ts/protocol';
import { createRemotingClient, createRemotingServer } from '@rocketmq-ts/remoting';
import { ECHO } from './stage.ts';

const platform = { clock: nodeClock, network: nodeNetwork };
const options = { platform, logger: silentLogger, host: '127.0.0.1', port: 0 };

test('many requests in flight over a real socket each get their own answer', async () => {
  const server = createRemotingServer(options);
  server.handle(ECHO, (call) => call.answer({ text: call.header.text }, { body: call.body }));
  await server.start();
  const client = createRemotingClient(options);
  client.start();
  const address = `127.0.0.1:${server.port}`;
  const bodies = Array.from({ length: 200 }, (_, index) => Buffer.alloc(index * 397, index));
  const responses = await Promise.all(
    bodies.map((body, index) => client.request(address, ECHO, { text: `${index}` }, { timeoutMs: 30_000, body })),
  );
  responses.forEach((response, index) => {
    assert.equal(response.header.text, `${index}`);
    assert.ok(response.body.equals(bodies[index]!));
  });
  await client.stop();
  await server.stop();
});

test('a server on a port in use does not start, and the error has the code of the system', async () => {
  const first = createRemotingServer(options);
  await first.start();
  const second = createRemotingServer({ ...options, port: first.port });
  await assert.rejects(async () => second.start(), { code: 'EADDRINUSE' });
  await second.stop();
  await first.stop();
});

test('a peer that never reads its 40 MB of answers delays no other peer', async () => {
  const server = createRemotingServer(options);
  const body = Buffer.alloc(1_000_000, 1);
  let answered = 0;
  server.handle(ECHO, (call) => {
    answered++;
    call.answer({ text: call.header.text }, { body: call.header.text === 'large' ? body : undefined });
  });
  await server.start();
  const address = `127.0.0.1:${server.port}`;
  const lazy = connect({ host: '127.0.0.1', port: server.port });
  await new Promise<void>((resolve) => lazy.once('connect', () => resolve()));
  lazy.pause();
  const request = encodeFrame({ code: ECHO.code, extFields: { text: 'large' } });
  lazy.write(Buffer.concat(Array.from({ length: 40 }, () => request)));
  const client = createRemotingClient(options);
  client.start();
  for (let index = 0; index < 20; index++) {
    const response = await client.request(address, ECHO, { text: 'small' }, { timeoutMs: 30_000 });
    assert.equal(response.header.text, 'small');
  }
  assert.ok(answered - 20 < 40, 'the server still read from a peer that reads nothing');
  lazy.destroy();
  await client.stop();
  await server.stop();
});
