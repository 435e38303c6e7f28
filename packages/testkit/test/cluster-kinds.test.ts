import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClusterEvent, checkHistory, type HistoryFacts } from '@rocketmq-ts/testkit/cluster-simulation';

const facts: HistoryFacts = {
  groups: [
    { group: 'any', topics: ['T', 'Requests'], orderly: false, members: 1 },
    { group: 'some', topics: ['T'], orderly: false, members: 1, selects: (id) => id === 'committed' },
    { group: 'each', topics: ['T'], orderly: false, members: 2, broadcasting: ['a', 'b'] },
  ],
  brokers: ['broker-a'],
  syncFlush: true,
  failingDisks: [],
  maxReconsumeTimes: 1,
  delayLevelsMs: [1000, 2000, 3000],
  calmMs: 50_000,
};

type Changes = Readonly<Record<string, unknown>>;
const event = (name: ClusterEvent['do'], atMs: number, values: Changes): ClusterEvent =>
  ({ do: name, atMs, ...values }) as ClusterEvent;
const asked = (atMs: number, id: string, changes: Changes = {}): ClusterEvent =>
  event('asked', atMs, { id, topic: 'T', body: `body of ${id}`, delayMs: 0, fails: 0, ...changes });
const stored = (atMs: number, id: string, queueOffset: number): ClusterEvent =>
  event('acknowledged', atMs, { id, broker: 'broker-a', queueId: 0, queueOffset, flushed: true });
const transaction = (atMs: number, id: string, outcome: string): ClusterEvent[] => [
  asked(atMs, id, { transaction: true }),
  event('prepared', atMs + 1, { id }),
  event('decided', atMs + 5000, { id, outcome }),
];
/** To each reader: the group, both members of the broadcasting one, and the group that selects what it wants. */
const handled = (atMs: number, id: string, queueOffset: number, changes: Changes = {}): ClusterEvent[] =>
  (
    [['any', 'm'], ['each', 'a'], ['each', 'b'], ...(id === 'committed' ? ([['some', 's']] as const) : [])] as const
  ).map(([group, member]) => {
    const place = { topic: 'T', broker: 'broker-a', queueId: 0, queueOffset };
    const came = { times: 0, retried: false, ok: true, endMs: atMs + 1 };
    return event('handled', atMs, { group, member, id, body: `body of ${id}`, ...place, ...came, ...changes });
  });
const request = (atMs: number, id: string, queueOffset: number): ClusterEvent[] => [
  asked(atMs, id, { topic: 'Requests' }),
  ...handled(atMs + 10, id, queueOffset, { topic: 'Requests', queueId: 1 }).slice(0, 1),
  event('replied', atMs + 20, { id, reply: `reply to body of ${id}` }),
];

/** One message of each kind. */
const good: readonly ClusterEvent[] = [
  ...transaction(0, 'committed', 'COMMIT'),
  ...handled(5100, 'committed', 0),
  ...transaction(10, 'rolled-back', 'ROLLBACK'),
  asked(20, 'timed', { delayMs: 4321, timer: true }),
  stored(21, 'timed', 7),
  ...handled(4400, 'timed', 1),
  asked(30, 'cancelled', { delayMs: 30_000, timer: true }),
  stored(31, 'cancelled', 8),
  event('recalled', 2000, { id: 'cancelled', ok: true }),
  ...request(40, 'question', 0),
  ...request(50_000, 'late-question', 1),
];

test('a history with every kind of message passes', () => {
  checkHistory(good, facts);
});

const without = (test: (each: ClusterEvent) => boolean): ClusterEvent[] => good.filter((each) => !test(each));
const isHandled = (each: ClusterEvent, id: string, member?: string): boolean =>
  each.do === 'handled' && each.id === id && (member === undefined || each.member === member);

/** Each makes one thing wrong with the good history. */
const WRONG: Readonly<Record<string, { events: readonly ClusterEvent[]; kind: string }>> = {
  'a committed message that nobody got': {
    events: without((each) => isHandled(each, 'committed')),
    kind: 'never handled',
  },
  'a rolled back message that came': { events: [...good, ...handled(9000, 'rolled-back', 5)], kind: 'not committed' },
  'a message of a transaction that came before its commit': {
    events: good.map((each) => (isHandled(each, 'committed') ? { ...each, atMs: 4000 } : each)),
    kind: 'not committed',
  },
  'a half message that nobody asked about': {
    events: without((each) => each.do === 'decided' && each.id === 'rolled-back'),
    kind: 'never decided',
  },
  'a timer message before its time': {
    events: good.map((each) => (isHandled(each, 'timed') ? { ...each, atMs: 4340 } : each)),
    kind: 'too early',
  },
  'a timer message that never came': { events: without((each) => isHandled(each, 'timed')), kind: 'never handled' },
  'a cancelled message that came': {
    events: [...good, ...handled(30_100, 'cancelled', 5)],
    kind: 'recalled and delivered',
  },
  'a message of which only one member of a broadcasting group heard': {
    events: without((each) => isHandled(each, 'timed', 'b')),
    kind: 'never handled',
  },
  'a message that a group had not selected': {
    events: [...good, { ...handled(9000, 'timed', 1)[0]!, group: 'some', member: 's' } as ClusterEvent],
    kind: 'invented',
  },
  'a selected message that did not come': {
    events: without((each) => isHandled(each, 'committed', 's')),
    kind: 'never handled',
  },
  'a reply to another request': {
    events: good.map((each) =>
      each.do === 'replied' && each.id === 'question' ? { ...each, reply: 'reply to body of late-question' } : each,
    ),
    kind: 'wrong reply',
  },
  'a request without a reply although nothing was wrong': {
    events: without((each) => each.do === 'replied' && each.id === 'late-question'),
    kind: 'never replied',
  },
};

for (const [what, { events, kind }] of Object.entries(WRONG)) {
  test(`found: ${what}`, () => {
    assert.throws(() => checkHistory(events, facts), { name: 'SimulationFailure', kind });
  });
}

test('a recall that was refused, or came too late, may leave its message to the consumers', () => {
  const change = (changes: Changes): ClusterEvent[] =>
    good.map((each) => (each.do === 'recalled' ? ({ ...each, ...changes } as ClusterEvent) : each));
  const came = handled(30_100, 'cancelled', 5);
  checkHistory([...change({ ok: false }), ...came], facts);
  checkHistory([...change({ atMs: 29_000 }), ...came], facts);
});

test('a timer message may come earlier by as much as the wall clock was set forward', () => {
  const early = good.map((each) => (isHandled(each, 'timed') ? ({ ...each, atMs: 1400 } as ClusterEvent) : each));
  checkHistory([event('jumped', 100, { ms: 3000 }), ...early], facts);
  assert.throws(() => checkHistory([event('jumped', 10, { ms: 3000 }), ...early], facts), { kind: 'too early' });
});

test('with ASYNC_FLUSH a loss of power may take a commit or a recall along', () => {
  const lost = [...without((each) => isHandled(each, 'committed')), ...handled(30_100, 'cancelled', 5)];
  const end = event('ended', 5050, { machine: 'broker-a', how: 'power loss' });
  checkHistory([...lost, end], { ...facts, syncFlush: false });
  assert.throws(() => checkHistory([...lost, end], facts), { kind: 'recalled and delivered' });
});
