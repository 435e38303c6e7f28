import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '@rocketmq-ts/testkit/java';
import { startNamesrv } from '../support/cluster.ts';
import { groupAt, startController, startMember, until } from '../support/controller.ts';
import { withProducer } from '../support/typescript-clients.ts';

/**
 * Records what a pair of Apache's brokers in controller mode says over the AutoSwitch HA protocol, and the files that they keep:
 * `sh bin/node-run compat/record/auto-switch.ts`. The slave's name server is behind a tap that puts the address of a second tap in the
 * place of the master's HA address, of the same length. Scenario: messages on the first master, its slave follows; the master is killed,
 * the other one takes more messages; the first one comes back as slave.
 */
const fixture = fileURLToPath(new URL('../../packages/replication/test/fixtures/auto-switch.json', import.meta.url));
/** Of each connection and direction so many bytes are kept. */
const KEPT_BYTES = 4096;

interface Conversation {
  readonly slave: string;
  readonly fromSlave: Buffer[];
  readonly fromMaster: Buffer[];
}

const conversations: Conversation[] = [];
let slave = 'n1';

function tap(port: number, target: number, seen: (near: Socket, far: Socket) => void): Promise<Server> {
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const socket of [near, far]) {
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    seen(near, far);
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

function openHaTap(port: number, target: number): Promise<Server> {
  return tap(port, target, (near, far) => {
    const conversation: Conversation = { slave, fromSlave: [], fromMaster: [] };
    conversations.push(conversation);
    near.on('data', (piece: Buffer) => {
      conversation.fromSlave.push(piece);
      far.write(piece);
    });
    far.on('data', (piece: Buffer) => {
      conversation.fromMaster.push(piece);
      near.write(piece);
    });
  });
}

/** A name server that names the taps instead of the brokers' HA ports. Both have five digits, so no length changes. */
function openNamesrvTap(port: number, target: number, replaced: ReadonlyMap<string, string>): Promise<Server> {
  return tap(port, target, (near, far) => {
    near.on('data', (piece: Buffer) => far.write(piece));
    far.on('data', (piece: Buffer) => {
      let text = piece.toString('latin1');
      for (const [from, to] of replaced) text = text.replaceAll(`127.0.0.1:${from}`, `127.0.0.1:${to}`);
      near.write(Buffer.from(text, 'latin1'));
    });
  });
}

const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-record-'));
const namesrv = await startNamesrv('apache', join(home, 'namesrv'));
const controller = await startController(home);
const tapped = await freePort();
const ports = { n0: await freePort(), n1: await freePort() };
const taps = { n0: await freePort(), n1: await freePort() };
await openNamesrvTap(
  tapped,
  namesrv.port,
  new Map([
    [String(ports.n0), String(taps.n0)],
    [String(ports.n1), String(taps.n1)],
  ]),
);
await openHaTap(taps.n0, ports.n0);
await openHaTap(taps.n1, ports.n1);
const place = { home, namesrv: `127.0.0.1:${tapped}`, controller: controller.address };
const start = (name: 'n0' | 'n1') =>
  startMember(place, name, 'apache', { brokerIP2: '127.0.0.1', haListenPort: ports[name] });
const send = (count: number, text: string) =>
  withProducer({ namesrv: namesrv.address }, async (producer) => {
    for (let i = 0; i < count; i++) await producer.send({ topic: 'Recorded', body: `${text} ${i}` });
  });
const inSync = (count: number) =>
  until(
    () => groupAt(controller.address),
    (group) => group.inSync.length === count,
    30_000,
  );
const fileOf = (name: string, file: string): string => readFileSync(join(home, name, 'store', file), 'utf8');

let n0 = await start('n0');
await pause(3000);
await send(2, 'first');
const n1 = await start('n1');
await inSync(2);
await send(1, 'second');
await pause(7000);
await n0.kill();
await until(
  () => groupAt(controller.address),
  ({ master }) => master === n1.address,
  30_000,
);
await pause(4000);
await send(2, 'third');
slave = 'n0';
n0 = await start('n0');
await inSync(2);
await send(1, 'fourth');
await pause(7000);
const record = {
  recorded: 'Apache RocketMQ 5.4.0: a pair in controller mode, by compat/record/auto-switch.ts',
  conversations: conversations
    .map((each) => ({
      slave: each.slave,
      fromSlave: Buffer.concat(each.fromSlave).subarray(0, KEPT_BYTES).toString('hex'),
      fromMaster: Buffer.concat(each.fromMaster).subarray(0, KEPT_BYTES).toString('hex'),
    }))
    .filter((each) => each.fromMaster !== ''),
  files: Object.fromEntries(
    (['n0', 'n1'] as const).flatMap((name) =>
      ['epochFileCheckpoint', 'epochFileCheckpoint.bak', 'brokerIdentity'].map((file) => [
        `${name}/${file}`,
        fileOf(name, file),
      ]),
    ),
  ),
};
writeFileSync(fixture, `${JSON.stringify(record, null, 2)}\n`);
for (const server of [n0, n1, controller, namesrv]) await server.kill();
rmSync(home, { recursive: true, force: true });
process.exit(0);
