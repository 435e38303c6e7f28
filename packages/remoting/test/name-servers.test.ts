import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type Connection, silentLogger } from '@rocketmq-ts/kernel';
import { type AddressServer, addressServerUrl, type NameServerChange, NameServerList } from '@rocketmq-ts/remoting';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';

const MINUTE_MS = 60_000;
const SERVER: AddressServer = { domain: 'addresses' };

let environment: SimulatedEnvironment;
let requests: string[];
let lists: NameServerList[];
/** What the address server answers: whole HTTP, or undefined for nothing. */
let answer: string | undefined;
/** Whether the address server leaves its connections open. */
let staysOpen: boolean;

beforeEach(async () => {
  environment = new SimulatedEnvironment(1);
  [requests, lists, staysOpen] = [[], [], false];
  const serve = (connection: Connection): void => {
    connection.setHandlers({
      onData: (chunk) => {
        requests.push(chunk.toString());
        if (answer === undefined) return;
        connection.write(Buffer.from(answer));
        if (!staysOpen) connection.end();
      },
      onDrain: () => {},
      onClose: () => {},
    });
  };
  const { network } = environment.machine('addresses');
  for (const port of [8080, 80]) await network.listen({ host: '0.0.0.0', port }, serve);
});
afterEach(() => {
  for (const list of lists) list.stop();
  assert.equal(environment.clock.pendingTimers, 0);
});

const http = (body: string, head = '200 OK'): string =>
  `HTTP/1.1 ${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

async function listOf(configured: readonly string[], addressServer?: AddressServer) {
  const changes: NameServerChange[] = [];
  const list = new NameServerList({
    ...{ platform: environment.machine('here'), logger: silentLogger, configured, addressServer },
    ...{ lookUp: true, firstRefreshMs: 10_000, refreshMs: 2 * MINUTE_MS },
  });
  list.onChange((change) => void changes.push(change));
  lists.push(list);
  await environment.clock.run(Promise.resolve(list.start()));
  return { list, changes };
}

// Source: MixAll#getWSAddr, DefaultTopAddressing#fetchNSAddr.
test('the address of an address server has its port, its subgroup and the unit', () => {
  assert.equal(addressServerUrl({ domain: 'jmenv' }), 'http://jmenv:8080/rocketmq/nsaddr');
  assert.equal(addressServerUrl({ domain: 'jmenv:80', subgroup: 'prod' }), 'http://jmenv:80/rocketmq/prod');
  assert.equal(addressServerUrl({ domain: 'jmenv', unitName: 'cn' }), 'http://jmenv:8080/rocketmq/nsaddr-cn?nofix=1');
});

test('an address server names the name servers, and who is not named any more leaves the list', async () => {
  answer = http('  10.0.0.8:9876;10.0.0.9:9876\r\nsecond line\n');
  const { list, changes } = await listOf([], SERVER);
  assert.deepEqual(list.addresses, ['10.0.0.8:9876', '10.0.0.9:9876']);
  assert.match(requests[0]!, /^GET \/rocketmq\/nsaddr HTTP\/1\.0\r\nHost: addresses:8080\r\n/);
  answer = http('10.0.0.9:9876;10.0.0.10:9876');
  await environment.clock.advance(10_000);
  assert.deepEqual(changes.at(-1), { added: ['10.0.0.10:9876'], removed: ['10.0.0.8:9876'], moved: [] });
  answer = http('10.0.0.10:9876');
  await environment.clock.advance(2 * MINUTE_MS);
  assert.deepEqual(list.addresses, ['10.0.0.10:9876']);
});

for (const [what, bad] of [
  ['an error page', http('<html>gone</html>', '404 Not Found')],
  ['a page of another kind', http('<html>welcome</html>')],
  ['nothing', http('')],
  ['half an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n10.0.0.7:98'],
  ['another protocol', '220 ready for mail\r\n'],
  ['a port that is none', http('10.0.0.7:987600')],
  ['megabytes', http('x'.repeat(2_000_000))],
  ['a redirect to itself', 'HTTP/1.1 302 Found\r\nLocation: /rocketmq/nsaddr\r\nContent-Length: 0\r\n\r\n'],
  ['silence', undefined],
] as const) {
  test(`an address server that answers ${what} leaves the list as it was`, async () => {
    answer = http('10.0.0.8:9876');
    const { list, changes } = await listOf([], SERVER);
    answer = bad;
    await environment.clock.advance(15_000);
    assert.deepEqual(list.addresses, ['10.0.0.8:9876']);
    assert.equal(changes.length, 1);
    assert.match(list.whyEmpty ?? '', /^the address server http:\/\/addresses:8080\/rocketmq\/nsaddr can not be asked/);
  });
}

test('an address server that can not be reached at the start is asked again, sooner when a request needs it', async () => {
  answer = http('10.0.0.8:9876');
  environment.network.refuse('addresses');
  const { list } = await listOf([], SERVER);
  assert.deepEqual(list.addresses, []);
  environment.network.refuse('addresses', false);
  await list.refreshAfterFailure();
  assert.deepEqual(list.addresses, [], 'it was asked a moment ago');
  await environment.clock.advance(6000);
  await environment.clock.run(list.refreshAfterFailure());
  assert.deepEqual(list.addresses, ['10.0.0.8:9876']);
});

test('answers in chunks, over a connection that stays open, and behind a redirect are read', async () => {
  answer = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n10.0.0.8:\r\n4\r\n9876\r\n0\r\n\r\n';
  assert.deepEqual((await listOf([], SERVER)).list.addresses, ['10.0.0.8:9876']);
  staysOpen = true;
  answer = http('10.0.0.9:9876');
  assert.deepEqual((await listOf([], SERVER)).list.addresses, ['10.0.0.9:9876']);
  staysOpen = false;
  await environment.machine('elsewhere').network.listen({ host: '0.0.0.0', port: 80 }, (connection) => {
    connection.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: () => {} });
    connection.write(Buffer.from(http('10.0.0.10:9876')));
    connection.end();
  });
  answer = 'HTTP/1.1 301 Moved\r\nLocation: http://elsewhere/list\r\n\r\n';
  assert.deepEqual((await listOf([], SERVER)).list.addresses, ['10.0.0.10:9876']);
});

test('configured name servers are followed to all their addresses, and to new ones', async () => {
  const [one, two, three] = ['one', 'two', 'three'].map(
    (name) => environment.machine(name) && environment.network.addressOf(name),
  );
  environment.network.nameHosts('ns', ['one', 'two']);
  const { list, changes } = await listOf(['ns:9876', '10.9.9.9:9876', 'nowhere:9876'], SERVER);
  assert.deepEqual(list.addresses, [`${one}:9876`, `${two}:9876`, '10.9.9.9:9876', 'nowhere:9876']);
  assert.deepEqual(list.names, ['ns:9876', '10.9.9.9:9876', 'nowhere:9876']);
  assert.equal(requests.length, 0, 'the address server is not asked');
  environment.network.nameHosts('ns', ['two', 'three']);
  await environment.clock.advance(10_000);
  assert.deepEqual(changes.at(-1), { added: [`${three}:9876`], removed: [`${one}:9876`], moved: [] });
  environment.network.nameHosts('ns', []);
  await environment.clock.advance(2 * MINUTE_MS);
  assert.equal(list.addresses.length, 4, 'a name service that does not know the name any more changes nothing');
});

test('a name with one address stays a name; when it leads elsewhere its connections are those of the old machine', async () => {
  for (const name of ['one', 'two']) environment.machine(name);
  environment.network.nameHosts('ns', ['one']);
  const { list, changes } = await listOf(['ns:9876']);
  assert.deepEqual(list.addresses, ['ns:9876']);
  environment.network.nameHosts('ns', ['two']);
  await environment.clock.advance(10_000);
  assert.deepEqual(changes, [{ added: [], removed: [], moved: ['ns:9876'] }]);
});

test('another configured list is in force at once', async () => {
  const { list, changes } = await listOf(['10.0.0.8:9876']);
  const done = list.configure(['10.0.0.9:9876']);
  assert.deepEqual(list.addresses, ['10.0.0.9:9876']);
  assert.deepEqual(changes, [{ added: ['10.0.0.9:9876'], removed: ['10.0.0.8:9876'], moved: [] }]);
  await done;
});
