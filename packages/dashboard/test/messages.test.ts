import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  MessageDetail,
  MessagePage,
  MessageScan,
  MessagesFound,
  QueueMessages,
  SentMessage,
} from '../src/api/index.ts';
import { withConsole } from './support/with-console.ts';

const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `${from + i}`);

test('pages of a topic have each message exactly once, merged by time, whatever is stored meanwhile', async () => {
  await withConsole({ brokers: 2, topics: { Orders: 2 } }, async ({ cluster, send, post }) => {
    const beginMs = cluster.clock.now();
    await send('Orders', numbers(25));
    const endMs = cluster.clock.now();
    const search = { topic: 'Orders', beginMs, endMs, pageSize: 7 };
    const first = await post<MessagePage>('/messages/search', { ...search, page: 1 });
    assert.equal(first.total, 25);
    assert.deepEqual(
      first.rows.map(({ preview }) => preview),
      numbers(25).reverse().slice(0, 7),
      'the newest are first',
    );
    await send('Orders', numbers(10, 100));
    const { snapshot } = first;
    // In any order: a page does not depend on the one before it.
    const pages = await Promise.all(
      [4, 2, 3].map((page) => post<MessagePage>('/messages/search', { ...search, snapshot, page })),
    );
    const rest = [pages[1]!, pages[2]!, pages[0]!].flatMap(({ rows }) => rows);
    assert.deepEqual(
      [...first.rows, ...rest].map(({ preview }) => preview),
      numbers(25).reverse(),
    );
    const beyond = await post<MessagePage>('/messages/search', { ...search, snapshot, page: 5 });
    assert.deepEqual([beyond.rows, beyond.total], [[], 25]);
    const oldest = await post<MessagePage>('/messages/search', { ...search, snapshot, oldestFirst: true });
    assert.deepEqual(
      oldest.rows.map(({ preview }) => preview),
      numbers(7),
    );
  });
});

test('both ends of a time are exact and included', async () => {
  await withConsole({ topics: { Orders: 3 } }, async ({ cluster, send, post }) => {
    await send('Orders', numbers(12));
    const all = { topic: 'Orders', beginMs: 0, endMs: cluster.clock.now(), pageSize: 50, oldestFirst: true };
    const { rows } = await post<MessagePage>('/messages/search', all);
    assert.equal(rows.length, 12);
    const [from, to] = [rows[3]!.storeTimestampMs, rows[8]!.storeTimestampMs];
    const inside = await post<MessagePage>('/messages/search', { ...all, beginMs: from, endMs: to });
    assert.deepEqual(
      inside.rows.map(({ preview }) => preview),
      numbers(6, 3),
    );
    const between = { ...all, beginMs: from + 1, endMs: to - 1 };
    assert.equal((await post<MessagePage>('/messages/search', between)).total, 4);
    const none = await post<MessagePage>('/messages/search', { ...all, beginMs: to + 60_000, endMs: to + 61_000 });
    assert.deepEqual([none.total, none.rows], [0, []]);
  });
});

test('messages of one millisecond are on one page each', async () => {
  await withConsole({ topics: { Orders: 4 } }, async ({ cluster, post }) => {
    const producer = await cluster.producer({ producerGroup: 'batch' });
    await Promise.all([
      cluster.run(producer.send(numbers(30).map((body) => ({ topic: 'Orders', body })))),
      ...numbers(8, 30).map((body) => cluster.run(producer.send({ topic: 'Orders', body }))),
    ]);
    const search = { topic: 'Orders', beginMs: 0, endMs: cluster.clock.now() + 1000, pageSize: 5 };
    const seen: string[] = [];
    for (let page = 1; page <= 8; page++) {
      const { rows } = await post<MessagePage>('/messages/search', { ...search, page });
      seen.push(...rows.map(({ preview }) => preview!));
    }
    assert.deepEqual(
      seen.sort((a, b) => Number(a) - Number(b)),
      numbers(38),
    );
  });
});

test('with a broker down its messages are missing and named, and pages are counted without it', async () => {
  await withConsole({ brokers: 2, topics: { Orders: 1 } }, async ({ cluster, send, post }) => {
    await send('Orders', numbers(20));
    const search = { topic: 'Orders', beginMs: 0, endMs: cluster.clock.now(), pageSize: 100 };
    const whole = await post<MessagePage>('/messages/search', search);
    assert.equal(whole.rows.length, 20);
    cluster.broker('broker-b').kill();
    const { snapshot } = whole;
    const partial = await post<MessagePage>('/messages/search', { ...search, snapshot });
    assert.deepEqual(
      partial.failures.map(({ brokerName }) => brokerName),
      ['broker-b'],
    );
    const left = whole.rows.filter(({ brokerName }) => brokerName === 'broker-a');
    assert.deepEqual(partial.rows, left);
    assert.equal(partial.total, left.length);
  });
});

test('what is inside messages is looked for in bounded steps that go on', async () => {
  await withConsole({ topics: { Orders: 2 } }, async ({ cluster, send, post }) => {
    await send('Orders', numbers(40), { tags: 'even' });
    await send('Orders', ['needle in the body'], { tags: 'odd', keys: 'k1 k2' });
    await send('Orders', numbers(40, 40));
    const range = { topic: 'Orders', beginMs: 0, endMs: cluster.clock.now() };
    const found = async (filter: object): Promise<MessageScan> => post('/messages/scan', { ...range, ...filter });
    assert.deepEqual(
      (await found({ contains: 'needle' })).rows.map(({ preview }) => preview),
      ['needle in the body'],
    );
    assert.equal((await found({ key: 'k2' })).rows.length, 1);
    assert.equal((await found({ tag: 'odd', key: 'other' })).rows.length, 0);
    const even = await found({ tag: 'even' });
    assert.deepEqual([even.rows.length, even.scanned, even.next], [40, 81, undefined]);
    const part = await found({ contains: 'a', from: 70 });
    assert.equal(part.scanned, 81);
  });
});

test('a message is found by unique key, offset id, key and place, and shown whole', async () => {
  await withConsole({ brokers: 2, topics: { 'a|b%2F%RETRY': 2 } }, async ({ send, get, console }) => {
    const topic = 'a|b%2F%RETRY';
    const body = JSON.stringify({ id: 12345678901234567890n.toString(), text: 'größe' });
    const [sent] = await send(topic, [body], { tags: 'T', keys: 'k1 k2' });
    const byKey = await get<MessagesFound>('/messages/by-key', { topic, key: 'k2' });
    const row = byKey.rows[0]!;
    assert.deepEqual([row.msgId, row.tags, row.keys, row.preview], [sent!.msgId, 'T', ['k1', 'k2'], body]);
    const byUnique = await get<MessagesFound>('/messages/by-id', { topic, id: row.msgId });
    assert.equal(byUnique.rows[0]?.offsetMsgId, row.offsetMsgId);
    assert.equal(byUnique.id?.kind, 'UNIQUE_KEY');
    const byOffset = await get<MessagesFound>('/messages/by-id', { id: row.offsetMsgId });
    assert.deepEqual(byOffset.rows, [row]);
    assert.equal(byOffset.id?.kind, 'OFFSET');
    assert.deepEqual((await get<MessagesFound>('/messages/by-id', { topic, id: 'nonsense' })).rows, []);
    const queue = { topic, brokerName: row.brokerName!, queueId: String(row.queueId) };
    assert.deepEqual((await get<QueueMessages>('/messages/of-queue', queue)).rows, [row]);
    const path = `/messages/${encodeURIComponent(topic)}/${row.offsetMsgId}`;
    const detail = await get<MessageDetail>(path);
    assert.equal(Buffer.from(detail.bodyBase64, 'base64').toString(), body);
    assert.ok(detail.properties.some(({ name, value, isSystem }) => name === 'KEYS' && value === 'k1 k2' && isSystem));
    const missing = await console.ask('GET', `/clusters/${console.id}/messages/${encodeURIComponent(topic)}/none`);
    assert.equal(missing.status, 404);
  });
});

test('a large compressed body is inflated, cut for the page and whole in the download', async () => {
  await withConsole({ topics: { Orders: 1 } }, async ({ send, get, console, cluster }) => {
    const body = 'line of a log\n'.repeat(20_000);
    const [sent] = await send('Orders', [body]);
    const path = `/messages/Orders/${sent!.msgId}`;
    const detail = await get<MessageDetail>(path);
    assert.equal(detail.bodyBytes, body.length);
    assert.ok(detail.storeBytes < body.length / 10, 'the producer has compressed it');
    assert.equal(Buffer.from(detail.bodyBase64, 'base64').toString(), body.slice(0, 65_536));
    const url = `/api/v1/clusters/${console.id}${path}/body`;
    const download = await cluster.run(Promise.resolve(console.dashboard.http.inject({ url })));
    assert.equal(download.body, body);
    assert.match(String(download.headers['content-disposition']), /^attachment; filename="[0-9A-F]+\.bin"/);
  });
});

test('a message is published again with its keys, tag and properties, as a new one', async () => {
  await withConsole({ topics: { Orders: 1 } }, async ({ cluster, get, post }) => {
    const producer = await cluster.producer({ producerGroup: 'p' });
    const properties = { colour: 'red' };
    const message = { topic: 'Orders', body: 'x', tags: 'T', keys: 'k', properties };
    const { msgId } = await cluster.run(producer.send(message));
    const sent = await post<SentMessage>(`/messages/Orders/${msgId}/resend`, {});
    assert.notEqual(sent.msgId, msgId);
    const detail = await get<MessageDetail>(`/messages/Orders/${sent.offsetMsgId}`);
    assert.deepEqual([detail.tags, detail.keys, detail.preview], ['T', ['k'], 'x']);
    const property = (name: string) => detail.properties.find((each) => each.name === name)?.value;
    assert.deepEqual([property('colour'), property('ORIGIN_MESSAGE_ID')], ['red', msgId]);
  });
});

test('what was found is exported as CSV, JSON and XLSX', async () => {
  await withConsole({ topics: { Orders: 2 } }, async ({ cluster, send, console }) => {
    await send('Orders', ['plain', '=1+1', 'with "quotes", and\nlines'], { tags: 'T' });
    await send('Orders', [Buffer.from([0, 1, 255])]);
    const file = async (query: Record<string, string>) => {
      const url = `/api/v1/clusters/${console.id}/messages/export?${new URLSearchParams({ topic: 'Orders', ...query })}`;
      return cluster.run(Promise.resolve(console.dashboard.http.inject({ url })));
    };
    const json = (await file({ format: 'json' })).json() as {
      body: string;
      bodyEncoding: string;
      offsetMsgId: string;
    }[];
    assert.deepEqual(
      json.map(({ body, bodyEncoding }) => [body, bodyEncoding]),
      [
        ['plain', 'utf8'],
        ['=1+1', 'utf8'],
        ['with "quotes", and\nlines', 'utf8'],
        ['AAH/', 'base64'],
      ],
    );
    const csv = (await file({ format: 'csv' })).body;
    assert.ok(csv.startsWith('\ufefftopic,msgId,'));
    assert.ok(csv.includes(",utf8,'=1+1\r\n"), 'no spreadsheet takes it for a formula');
    assert.ok(csv.includes('"with ""quotes"", and\nlines"'));
    const chosen = (await file({ format: 'json', ids: json[1]!.offsetMsgId })).json() as { body: string }[];
    assert.deepEqual(
      chosen.map(({ body }) => body),
      ['=1+1'],
    );
    const xlsx = (await file({ format: 'xlsx' })).rawPayload;
    assert.equal(xlsx.subarray(0, 4).toString('latin1'), 'PK\u0003\u0004');
    assert.equal(xlsx.readUInt32LE(xlsx.length - 22), 0x06054b50);
    assert.equal((await file({ format: 'pdf' })).statusCode, 400);
  });
});

test('a snapshot that no search made is refused, and one of another search is made anew', async () => {
  await withConsole({ topics: { Orders: 1, Bills: 1 } }, async ({ cluster, send, post, console }) => {
    await send('Orders', numbers(3));
    const search = { topic: 'Orders', beginMs: 0, endMs: cluster.clock.now() };
    const path = `/clusters/${console.id}/messages/search`;
    const many = Array.from({ length: 9000 }, (_, queueId) => [queueId, 0, 9, 0, 9]);
    const forged = JSON.stringify([1, 'Orders', 0, search.endMs, [['broker-a', many]]]);
    for (const snapshot of [
      'nonsense',
      Buffer.from('[1]').toString('base64url'),
      Buffer.from(forged).toString('base64url'),
    ])
      assert.equal((await console.ask('POST', path, { ...search, snapshot })).status, 400);
    const { snapshot } = await post<MessagePage>('/messages/search', search);
    const other = await post<MessagePage>('/messages/search', { ...search, topic: 'Bills', snapshot });
    assert.equal(other.total, 0);
  });
});

test('looking at messages counts as no consumption', async () => {
  await withConsole({ topics: { Orders: 2 } }, async ({ cluster, send, post, console }) => {
    await send('Orders', numbers(10));
    await post('/messages/search', { topic: 'Orders', beginMs: 0, endMs: cluster.clock.now() });
    await post('/messages/scan', { topic: 'Orders', beginMs: 0, endMs: cluster.clock.now(), contains: '5' });
    const { admin } = console.dashboard.registry.list()[0]!;
    const facts = await cluster.run(admin.brokerRuntimeInfo(cluster.brokers[0]!.address));
    assert.equal(facts.get('msgGetTotalTodayNow'), '0');
  });
});
