import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from '@rocketmq-ts/testkit/cluster';
import * as api from '../src/api/index.ts';
import { ALL_ROUTES, type ErrorBody, type Route } from '../src/api/index.ts';
import { consoleOf } from './support/console.ts';

const ROUTES: readonly (readonly [name: string, route: Route])[] = Object.entries(ALL_ROUTES);

test('all routes are those of every table', () => {
  const tables = Object.entries(api).filter(([name]) => name.endsWith('_ROUTES') && name !== 'ALL_ROUTES');
  const routes = tables.flatMap(([, table]) => Object.values(table as Readonly<Record<string, Route>>));
  assert.deepEqual(new Set(Object.values(ALL_ROUTES)), new Set(routes));
  assert.equal(ROUTES.length, routes.length, 'no two have one name');
});

/** What a script, a wrong link or an attacker puts where a name or a number is expected. */
const ODD_TEXTS: readonly string[] = [
  ...['', ' ', '0', '-1', '1e9', 'NaN', 'Infinity', '-0', '9007199254740993', '99999999999999999999', '0x10', '1.5'],
  ...[
    '../../etc/passwd',
    '..',
    '.',
    '/',
    '\\',
    'a/b',
    '%',
    '%00',
    '%zz',
    '%2e%2e%2f',
    '%RETRY%',
    '%DLQ%g',
    '*',
    '?',
    '#',
  ],
  ...['\0', 'a\0b', '\r\nSet-Cookie: x=1', '"; filename="x', "'", '"', '`', '<script>', '{{x}}', 'null', 'undefined'],
  ...[
    'ä',
    '主题',
    'ﷺ',
    '👩‍👩‍👧‍👦',
    '\u202Eabc',
    '\uFEFF',
    '\uD800',
    'a'.repeat(127),
    'a'.repeat(128),
    '主'.repeat(255),
    'x'.repeat(5000),
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'T',
    'broker-a',
    'SCHEDULE_TOPIC_XXXX',
    'RMQ_SYS_TRACE_TOPIC',
  ],
];
const ODD_VALUES: readonly unknown[] = [
  ...ODD_TEXTS,
  ...[null, true, false, 0, -1, 1.5, 1e300, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 253_402_300_800_000],
  ...[[], ['T'], [null], [[[]]], {}, { toString: 1 }, { length: 1e9 }, Array.from({ length: 300 }, () => 'x')],
];
/** With these a request gets past its check, so that an odd value beside them reaches what is behind it. */
const GOOD: Readonly<Record<string, unknown>> = {
  ...{ cluster: '', topic: 'T', group: 'g', broker: 'broker-a', brokerName: 'broker-a', brokers: ['broker-a'] },
  ...{ beginMs: 0, endMs: 4_000_000_000_000, fromMs: 0, toMs: 4_000_000_000_000, key: 'k', id: 'nope', queueId: 0 },
  ...{
    kind: 'topic',
    name: 'T',
    format: 'csv',
    to: 'end',
    confirm: 'T',
    username: 'u',
    password: 'p',
    subject: 'User:u',
  },
};

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Odd {
  readonly method: Route['method'];
  readonly path: string;
  readonly body: Record<string, unknown> | undefined;
}

/** A request of a route where some values are odd. */
function oddRequest(route: Route, cluster: string, next: (below: number) => number): Odd {
  const textOf = (name: string): string =>
    next(2) === 0 ? String(GOOD[name] ?? 'x') : ODD_TEXTS[next(ODD_TEXTS.length)]!;
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => {
    if (name === 'cluster' && next(8) > 0) return cluster;
    return encodeURIComponent(textOf(name).toWellFormed()) || 'x';
  });
  const query = new URLSearchParams();
  for (const name of Object.keys(route.query)) if (next(3) > 0) query.append(name, textOf(name));
  if (next(10) === 0) query.append(textOf('x'), textOf('x'));
  const body =
    route.body === undefined
      ? undefined
      : Object.fromEntries(
          Object.keys(route.body).map((name) => [
            name,
            next(3) > 0 ? (GOOD[name] ?? true) : ODD_VALUES[next(ODD_VALUES.length)],
          ]),
        );
  return { method: route.method, path: `${path}?${query}`, body };
}

const SEEDS = Number(process.env.ODD_SEEDS ?? 12);

test(`${ROUTES.length} routes answer ${SEEDS} odd requests each with a clear refusal or an answer, none with 500`, async () => {
  const cluster = await startCluster({ brokers: 2, topics: { T: 2 } });
  const console = await consoleOf(cluster);
  try {
    for (let seed = 1; seed <= SEEDS; seed++) {
      for (const [index, [name, route]] of ROUTES.entries()) {
        const { method, path, body } = oddRequest(route, console.id, random(seed * 1000 + index));
        const what = `seed ${seed}, ${name}: ${method} ${path} ${JSON.stringify(body)}`.slice(0, 2000);
        const response = await cluster.run(
          Promise.resolve(
            console.dashboard.http.inject({
              ...{ method, url: `/api/v1${path}` },
              ...(body === undefined ? {} : { payload: body }),
            }),
          ),
        );
        const { statusCode, headers } = response;
        assert.ok(statusCode < 500 || statusCode === 504, `${statusCode} ${response.body}: ${what}`);
        assert.doesNotMatch(String(headers['content-disposition']), /[\r\n]|filename="[^"]*"[^;]/, what);
        assert.equal(headers['set-cookie']?.includes('x=1') ?? false, false, what);
        if (statusCode < 400) continue;
        const { code, message } = response.json<ErrorBody>();
        assert.ok(code.length > 0 && message.length > 0 && message.length < 6000, what);
      }
    }
  } finally {
    await console.stop();
    await cluster.stop();
  }
});

test('values that mean nothing are refused by name', async () => {
  const cluster = await startCluster({ brokers: 1, topics: { T: 1 } });
  const console = await consoleOf(cluster);
  const base = `/clusters/${console.id}`;
  for (const [path, reason] of [
    ['/topics?page=-1', /^page must be a whole number from 1/],
    ['/topics?page=0', /^page must be/],
    ['/topics?pageSize=1000000', /^pageSize must be a whole number from 1 to 200/],
    ['/topics?sort=nothing', /^there is no sort by nothing/],
    ['/topics?sort=constructor', /^there is no sort by constructor/],
    ['/groups?sort=__proto__', /^there is no sort by __proto__/],
    ['/transactions?sort=toString', /^there is no sort by toString/],
    ['/topics?pages=1', /^the query has no pages/],
    ['/topics?page=1&page=2', /^page must be/],
    ['/trends/topic/T?fromMs=NaN', /^fromMs must be a whole number/],
    ['/messages/export?topic=T&format=exe', /^format must be one of csv/],
    ['/messages/export?topic=T&format=csv&beginMs=2&endMs=1', /^endMs is before beginMs/],
  ] as const) {
    const { status, body } = await console.ask('GET', base + path);
    assert.equal(status, 400, `${path}: ${JSON.stringify(body)}`);
    assert.match((body as ErrorBody).message, reason, path);
  }
  for (const url of ['/api/v1/%zz', '/api/v1/clusters/%ff/topics', `/api/v1${base}/topics/100%/status`]) {
    const { statusCode, body } = await console.dashboard.http.inject({ url });
    assert.ok(statusCode === 400 || statusCode === 404, `${url}: ${statusCode}`);
    assert.ok((JSON.parse(body) as ErrorBody).message.length > 0);
  }
  await console.stop();
  await cluster.stop();
});

test('a message that is not found while a broker is down names the broker; with all down there is no answer', async () => {
  const cluster = await startCluster({ brokers: 2, topics: { T: 2 } });
  const console = await consoleOf(cluster);
  const path = `/clusters/${console.id}/messages/T/nope`;
  const ask = async (): Promise<{ readonly status: number; readonly error: ErrorBody }> => {
    const { status, body } = await console.ask('GET', path);
    return { status, error: body as ErrorBody };
  };
  assert.equal((await ask()).status, 404);
  cluster.partition('console', 'broker-b');
  const partly = await ask();
  assert.equal(partly.status, 404);
  assert.deepEqual(
    partly.error.brokers?.map(({ brokerName }) => brokerName),
    ['broker-b'],
  );
  assert.match(partly.error.message, /without an answer: broker-b: /);
  cluster.partition('console', 'broker-a');
  const whole = await ask();
  assert.equal(whole.status, 504);
  assert.match(whole.error.message, /broker-a: .*broker-b: /);
  await console.stop();
  await cluster.stop();
});
