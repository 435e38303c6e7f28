import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type SimulatedPlatform, simulatedPlatform } from '@rocketmq-ts/testkit';
import type { FastifyInstance, InjectOptions } from 'fastify';
import type { SessionFacts } from '../src/api/index.ts';
import { createDashboard, type Dashboard } from '../src/index.ts';

type Options = Parameters<typeof createDashboard>[0];

let platform: SimulatedPlatform;
let running: Dashboard[];
beforeEach(() => {
  platform = simulatedPlatform(11);
  running = [];
});
afterEach(async () => {
  for (const each of running) await each.stop();
});

function put(path: string, text: string): void {
  platform.disk.makeDirectory(path.slice(0, path.lastIndexOf('/')));
  const file = platform.disk.open(path, 'create');
  file.writeSync(Buffer.from(text), 0, Buffer.byteLength(text), 0);
  file.close();
}

async function open(options: Partial<Options> = {}): Promise<FastifyInstance> {
  const clusters = [{ namesrvAddr: '127.0.0.1:1' }];
  const dashboard = await createDashboard({ clusters, platform, dataPath: '/data', keepsHistory: false, ...options });
  running.push(dashboard);
  return dashboard.http;
}

/** A browser of this machine, or of another one, with its cookies. */
class Visitor {
  readonly #http: FastifyInstance;
  readonly #defaults: InjectOptions;
  readonly cookies = new Map<string, string>();
  token = '';

  constructor(http: FastifyInstance, remoteAddress = '127.0.0.1', host = 'localhost:12581') {
    this.#http = http;
    this.#defaults = { remoteAddress, headers: { host } };
  }

  async send(method: 'GET' | 'POST' | 'DELETE', url: string, more: InjectOptions = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...this.#defaults.headers, ...(cookie === '' ? {} : { cookie }), ...more.headers };
    const answer = await this.#http.inject({ ...this.#defaults, ...more, method, url, headers });
    for (const { name, value, maxAge } of answer.cookies as { name: string; value: string; maxAge?: number }[]) {
      if (maxAge === 0) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  async session(): Promise<SessionFacts> {
    const facts = (await this.send('GET', '/api/v1/session')).json() as SessionFacts;
    this.token = facts.csrfToken;
    return facts;
  }

  async logIn(userName: string, password: string) {
    const answer = await this.write('POST', '/api/v1/session', { userName, password });
    if (answer.statusCode === 200) this.token = (answer.json() as SessionFacts).csrfToken;
    return answer;
  }

  /** As a page of the console sends it. */
  write(method: 'POST' | 'DELETE', url: string, payload?: object, headers: Record<string, string> = {}) {
    const host = (this.#defaults.headers as { host: string }).host;
    const own = { origin: `http://${host}`, 'sec-fetch-site': 'same-origin', 'x-xsrf-token': this.token, ...headers };
    return this.send(method, url, payload === undefined ? { headers: own } : { headers: own, payload });
  }
}

const ADD = '/api/v1/clusters';
const CLUSTER = { namesrvAddr: '127.0.0.1:2' };
const codeOf = (answer: { json(): unknown }): string => (answer.json() as { code: string }).code;

test('on this machine everything may be changed; from others everything is read only, and the reason is said', async () => {
  const http = await open();
  const here = new Visitor(http);
  const { mayWrite, reason, loginRequired } = await here.session();
  assert.deepEqual([mayWrite, reason, loginRequired], [true, undefined, false]);
  assert.equal((await here.write('POST', ADD, CLUSTER)).statusCode, 200);
  const there = new Visitor(http, '10.0.0.9', '10.0.0.1:12581');
  assert.deepEqual([(await there.session()).mayWrite, (await there.session()).reason], [false, 'remote']);
  assert.equal((await there.send('GET', ADD)).statusCode, 200);
  const refused = await there.write('POST', ADD, { namesrvAddr: '127.0.0.1:3' });
  assert.deepEqual([refused.statusCode, codeOf(refused)], [401, 'NOT_LOGGED_IN']);
});

test('a request that a proxy of this machine passed on is not from this machine', async () => {
  const http = await open();
  const proxied = new Visitor(http);
  const headers = { 'x-forwarded-for': '203.0.113.5' };
  const facts = (await proxied.send('GET', '/api/v1/session', { headers })).json() as SessionFacts;
  assert.equal(facts.mayWrite, false);
  const refused = await proxied.send('POST', ADD, { headers, payload: CLUSTER });
  assert.equal(codeOf(refused), 'NOT_LOGGED_IN');
});

test('a name that another site made lead here shows nothing before a login; names that are configured do', async () => {
  const http = await open({ session: { ownNames: ['Console.Example.com'] } });
  const rebound = new Visitor(http, '127.0.0.1', 'evil.example.net');
  assert.equal((await rebound.session()).reason, 'host');
  assert.deepEqual(
    [(await rebound.send('GET', ADD)).statusCode, codeOf(await rebound.send('GET', ADD))],
    [401, 'NOT_LOGGED_IN'],
  );
  assert.equal(codeOf(await rebound.send('POST', ADD, { payload: CLUSTER })), 'NOT_LOGGED_IN');
  for (const host of ['console.example.com', 'dashboard:12581', '[2001:db8::5]:80', '10.1.2.3']) {
    assert.equal((await new Visitor(http, '10.0.0.9', host).send('GET', ADD)).statusCode, 200, host);
  }
});

test('a page of another site can change nothing, with whatever it can send', async () => {
  const http = await open();
  const here = new Visitor(http);
  await here.session();
  const forged: Record<string, string>[] = [
    { origin: 'http://evil.example.net' },
    { origin: 'null' },
    { origin: 'http://localhost:9999' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://localhost:12581' },
    { origin: 'http://localhost:12581', 'x-xsrf-token': 'guess.guess' },
    { referer: 'http://evil.example.net/' },
  ];
  for (const headers of forged) {
    const answer = await here.send('POST', ADD, { headers, payload: CLUSTER });
    assert.deepEqual([answer.statusCode, codeOf(answer)], [403, 'CSRF_REFUSED'], JSON.stringify(headers));
  }
  const preflight = await http.inject({ method: 'OPTIONS', url: ADD, headers: { origin: 'http://evil.example.net' } });
  assert.equal(preflight.headers['access-control-allow-origin'], undefined);
  assert.notEqual(preflight.statusCode, 200);
  assert.equal((await here.write('POST', ADD, CLUSTER)).statusCode, 200);
});

test('a script of this machine needs no token, as it needs none for Apache’s dashboard before 2.1.1', async () => {
  const http = await open();
  assert.equal((await new Visitor(http).send('POST', ADD, { payload: CLUSTER })).statusCode, 200);
});

test('where a login is required the first start makes a user, whose password opens everything', async () => {
  const clusters = [{ namesrvAddr: '127.0.0.1:1' }];
  const dashboard = await createDashboard({
    ...{ clusters, platform, dataPath: '/data', keepsHistory: false, host: '127.0.0.1', port: 0 },
    session: { loginRequired: true },
  });
  running.push(dashboard);
  await dashboard.start();
  const { name, password } = dashboard.firstUser!;
  const here = new Visitor(dashboard.http);
  assert.equal((await here.session()).reason, 'login');
  assert.equal(codeOf(await here.send('GET', ADD)), 'NOT_LOGGED_IN');
  const wrong = await here.logIn(name, `${password}x`);
  assert.deepEqual([wrong.statusCode, codeOf(wrong)], [401, 'NOT_LOGGED_IN']);
  const right = await here.logIn(name, password);
  assert.equal((right.json() as SessionFacts).mayWrite, true);
  const cookie = String(right.headers['set-cookie']);
  assert.match(cookie, /rocketmq-console=[\w-]{43}; Path=\/; SameSite=Strict; HttpOnly/);
  assert.doesNotMatch(cookie, /Secure/);
  assert.equal((await here.send('GET', ADD)).statusCode, 200);
  assert.equal((await here.write('DELETE', '/api/v1/session')).statusCode, 200);
  assert.equal(codeOf(await here.send('GET', ADD)), 'NOT_LOGGED_IN');
  const file = platform.disk.readFile('/data/users.properties')!.toString();
  assert.match(file, /^admin=scrypt\$/m);
  assert.ok(!file.includes(password));
});

test('a session ends with its user, with another password, and when it is not used', async () => {
  put('/data/users.properties', 'boss=secret,1\nguest=guest\n');
  const http = await open({ session: { loginRequired: true, idleMs: 60_000 } });
  const boss = new Visitor(http, '10.0.0.9', '10.0.0.1');
  await boss.session();
  await boss.logIn('boss', 'secret');
  assert.equal((await boss.send('GET', ADD)).statusCode, 200);
  platform.disk.remove('/data/users.properties');
  put('/data/users.properties', 'boss=changed,1\n');
  await platform.clock.advance(1001);
  assert.equal(codeOf(await boss.send('GET', ADD)), 'NOT_LOGGED_IN');
  await boss.session();
  await boss.logIn('boss', 'changed');
  await platform.clock.advance(60_001);
  assert.equal(codeOf(await boss.send('GET', ADD)), 'NOT_LOGGED_IN');
});

test('who may create topics and groups may not for that reason delete them or move offsets', async () => {
  put('/data/users.properties', 'guest=guest\n');
  put(
    '/data/role-permission.yml',
    'rolePerms:\n  Normal:\n    - /*/*.query\n    - /topic/createOrUpdate.do\n    - /consumer/createOrUpdate.do\n',
  );
  const http = await open({ session: { loginRequired: true } });
  const guest = new Visitor(http, '10.0.0.9', '10.0.0.1');
  await guest.session();
  await guest.logIn('guest', 'guest');
  assert.deepEqual([...(await guest.session()).writes].sort(), [
    'POST /clusters/:cluster/groups',
    'POST /clusters/:cluster/topics',
    'PUT /clusters/:cluster/groups/:group/config',
    'PUT /clusters/:cluster/topics/:topic/config',
  ]);
  for (const path of ['topics/t/delete', 'topics/t/reset', 'groups/g/delete', 'groups/g/clone'])
    assert.equal(codeOf(await guest.write('POST', `/api/v1/clusters/x/${path}`, {})), 'FORBIDDEN', path);
});

test('a normal user looks at everything and changes what role-permission.yml allows', async () => {
  put('/data/users.properties', 'guest=guest\n');
  const http = await open({ session: { loginRequired: true } });
  const guest = new Visitor(http, '10.0.0.9', '10.0.0.1');
  await guest.session();
  await guest.logIn('guest', 'guest');
  assert.deepEqual([(await guest.session()).role, (await guest.session()).reason], ['normal', 'role']);
  assert.equal((await guest.send('GET', ADD)).statusCode, 200);
  const { writes } = await guest.session();
  assert.deepEqual([...writes].sort(), [
    'POST /clusters/:cluster/dead-letters/:group/resend',
    'POST /clusters/:cluster/messages/:topic/:id/resend',
    'POST /clusters/:cluster/topics/:topic/messages',
  ]);
  assert.equal(codeOf(await guest.write('POST', ADD, CLUSTER)), 'FORBIDDEN');
  const audit = await guest.send('GET', '/api/v1/audit');
  assert.deepEqual([audit.statusCode, codeOf(audit)], [403, 'FORBIDDEN']);
  put('/data/role-permission.yml', 'rolePerms:\n  Normal:\n    - /ops/*\n');
  await platform.clock.advance(1001);
  assert.equal((await guest.write('POST', ADD, CLUSTER)).statusCode, 200);
});

test('guessing is slowed down, and says for how long', async () => {
  put('/data/users.properties', 'boss=secret,1\n');
  const http = await open({ session: { loginRequired: true } });
  const guesser = new Visitor(http, '203.0.113.7', '10.0.0.1');
  await guesser.session();
  for (let tries = 0; tries < 5; tries++)
    assert.equal(codeOf(await guesser.logIn('boss', `guess${tries}`)), 'NOT_LOGGED_IN');
  const refused = await guesser.logIn('boss', 'secret');
  assert.deepEqual(
    [refused.statusCode, codeOf(refused), refused.headers['retry-after']],
    [429, 'TOO_MANY_ATTEMPTS', '5'],
  );
  const other = new Visitor(http, '203.0.113.8', '10.0.0.1');
  await other.session();
  assert.equal((await other.logIn('boss', 'secret')).statusCode, 200);
  await platform.clock.advance(5000);
  assert.equal((await guesser.logIn('boss', 'secret')).statusCode, 200);
});

test('behind a trusted proxy the browser’s address counts, and TLS there makes cookies secure; others’ headers are nothing', async () => {
  put('/data/users.properties', 'boss=secret,1\n');
  const http = await open({
    trustedProxies: ['10.0.0.0/8'],
    session: { loginRequired: true, ownNames: ['c.example.com'] },
  });
  const forwarded = {
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'c.example.com',
  };
  const proxied = new Visitor(http, '10.0.0.2', 'upstream');
  const facts = await proxied.send('GET', '/api/v1/session', { headers: forwarded });
  assert.match(String(facts.headers['set-cookie']), /XSRF-TOKEN=[^;]+; Path=\/; SameSite=Strict; Secure$/);
  const direct = await new Visitor(http, '203.0.113.9').send('GET', '/api/v1/session', { headers: forwarded });
  assert.doesNotMatch(String(direct.headers['set-cookie']), /Secure/);
});

test('below a base path cookies belong to that path, and requests are taken with and without it', async () => {
  const http = await open({ basePath: '/console/' });
  const here = new Visitor(http);
  const answer = await here.send('GET', '/console/api/v1/session');
  assert.match(String(answer.headers['set-cookie']), /Path=\/console;/);
  assert.equal((await here.send('GET', '/api/v1/session')).statusCode, 200);
});

test('every change is in the audit log, with who, what and how it ended; passwords are not', async () => {
  put('/data/users.properties', 'boss=secret,1\n');
  const http = await open();
  const there = new Visitor(http, '10.0.0.9', '10.0.0.1');
  await there.session();
  await there.logIn('boss', 'secret');
  await there.write('POST', ADD, { namesrvAddr: '127.0.0.1:2', name: 'second' });
  await there.write('POST', ADD, { namesrvAddr: 'nonsense' });
  const { rows, total } = (await there.send('GET', '/api/v1/audit')).json() as {
    rows: { action: string; userName: string; address: string; ok: boolean; message?: string; details: object }[];
    total: number;
  };
  assert.equal(total, 2);
  const shown = rows.map(({ action, userName, address, ok, details }) => [action, userName, address, ok, details]);
  assert.deepEqual(shown, [
    ['POST /clusters', 'boss', '10.0.0.9', false, { namesrvAddr: 'nonsense' }],
    ['POST /clusters', 'boss', '10.0.0.9', true, { namesrvAddr: '127.0.0.1:2', name: 'second' }],
  ]);
  assert.match(rows[0]!.message!, /nonsense/);
  const lines = platform.disk.readFile('/data/audit.jsonl')!.toString();
  assert.equal(lines.trim().split('\n').length, 2);
  assert.ok(!lines.includes('secret'));
});

test('answers carry the headers that keep a page from being framed, sniffed or loading from elsewhere', async () => {
  const http = await open();
  const { headers } = await new Visitor(http).send('GET', '/api/v1/session');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/);
  assert.equal(headers['cache-control'], 'no-store');
});
