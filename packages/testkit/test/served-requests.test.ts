import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unservedByBroker } from '@rocketmq-ts/broker';
import { commandTable, knownRequest } from '@rocketmq-ts/protocol';

const packages = fileURLToPath(new URL('../../', import.meta.url));

/** Names of the commands that a room registers a handler for. */
function handledBy(room: string): Set<string> {
  const files = globSync('src/**/*.ts', { cwd: join(packages, room) });
  const source = files.map((file) => readFileSync(join(packages, room, file), 'utf8')).join('\n');
  const handled = [...source.matchAll(/\.handle\(\s*([A-Z][A-Z0-9_]+)\b/g)];
  // Both commands of a configuration are served by one piece of remoting.
  const configured = [...source.matchAll(/\{ get: ([A-Z][A-Z0-9_]+), update: ([A-Z][A-Z0-9_]+) \}/g)];
  // A family that is answered alike is a list, or several.
  const families = files
    .map((file) => readFileSync(join(packages, room, file), 'utf8'))
    .filter((text) => text.includes('.handle(command,'))
    .flatMap((text) =>
      [...text.matchAll(/\[([A-Z][A-Z0-9_,\s]+)\]/g)].map(([, list]) => ['', ...list!.split(/[,\s]+/)]),
    );
  return new Set([...handled, ...configured, ...families].flatMap(([, ...names]) => names));
}

test('each declared request is served by the server that it is for, or is in the table of those that are not', () => {
  const broker = handledBy('broker');
  const handled = {
    broker,
    'name server': handledBy('namesrv'),
    client: handledBy('client'),
    controller: handledBy('controller'),
  };
  assert.ok(broker.has('SEND_MESSAGE_V2') && broker.size > 50, 'handlers are found');
  const open: string[] = [];
  const both: string[] = [];
  for (const { code, name } of commandTable.values()) {
    const { target } = knownRequest(code)!;
    // A container is a program of Apache's; its requests are declared for mqadmin.
    if (target === 'broker container') continue;
    const unserved = target === 'broker' && unservedByBroker.has(code);
    if (handled[target].has(name) === unserved) (unserved ? both : open).push(`${code} ${name} (${target})`);
  }
  assert.deepEqual([open, both], [[], []]);
});

test('every code of 5.4.0 has a name and a server that it is for', () => {
  assert.deepEqual(knownRequest(310), { name: 'SEND_MESSAGE_V2', target: 'broker' });
  assert.deepEqual(knownRequest(105), { name: 'GET_ROUTEINFO_BY_TOPIC', target: 'name server' });
  assert.deepEqual(knownRequest(221), { name: 'GET_CONSUMER_STATUS_FROM_CLIENT', target: 'client' });
  assert.deepEqual(knownRequest(1002), { name: 'CONTROLLER_ELECT_MASTER', target: 'controller' });
  assert.equal(knownRequest(9999), undefined);
});
