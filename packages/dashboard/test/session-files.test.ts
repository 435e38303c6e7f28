import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Logger, silentLogger } from '@rocketmq-ts/kernel';
import { simulatedPlatform } from '@rocketmq-ts/testkit';
import { LoginLimits } from '../src/session/login-limits.ts';
import { hashPassword, isHash, isPassword } from '../src/session/password.ts';
import { compilePattern, parsePatterns, RolePermission } from '../src/session/role-permission.ts';
import { Sessions } from '../src/session/sessions.ts';
import { parseUsers, UsersFile } from '../src/session/users-file.ts';

function put(disk: ReturnType<typeof simulatedPlatform>['disk'], path: string, text: string): void {
  disk.makeDirectory(path.slice(0, path.lastIndexOf('/')));
  disk.remove(path);
  const file = disk.open(path, 'create');
  const content = Buffer.from(text);
  file.writeSync(content, 0, content.length, 0);
  file.close();
}

test('passwords: plain ones as in Apache’s file, and hashes; a password is found again in either form of Unicode', async () => {
  const { random } = simulatedPlatform(2);
  const stored = await hashPassword('caf\u00e9 1', random);
  assert.ok(isHash(stored));
  assert.deepEqual(
    await Promise.all([
      isPassword('cafe\u0301 1', stored),
      isPassword('cafe 1', stored),
      isPassword('admin', 'admin'),
      isPassword('admin ', 'admin'),
      isPassword('x'.repeat(5000), 'x'.repeat(5000)),
    ]),
    [true, false, true, false, false],
  );
  assert.notEqual(await hashPassword('same', random), await hashPassword('same', random));
});

test('a hash that asks for more memory than the console gives is an error, not the end of the process', async () => {
  await assert.rejects(isPassword('x', `scrypt$16777216$8$1$${'a'.repeat(22)}$${'b'.repeat(43)}`));
});

test('users.properties: names, passwords with commas, roles; lines without a password are nobody', () => {
  const users = parseUsers('# comment\nsuper=admin,1\r\nuser1 = user1\n odd=a,b,1\nnobody=\n=x\nzero=z,0\nplain=p,2\n');
  assert.deepEqual(
    [...users.values()].map(({ name, stored, role }) => [name, stored, role]),
    [
      ['super', 'admin', 'super'],
      ['user1', 'user1', 'normal'],
      ['odd', 'a,b', 'super'],
      ['zero', 'z', 'normal'],
      ['plain', 'p', 'normal'],
    ],
  );
});

test('a change of users.properties is in force after a second, and readable passwords are warned of', async () => {
  const { disk, clock, random } = simulatedPlatform(3);
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (sentence) => warnings.push(sentence), named: () => logger };
  const file = new UsersFile('/data/users.properties', { disk, clock, logger });
  assert.equal(file.users().size, 0);
  put(disk, '/data/users.properties', 'a=1\n');
  assert.equal(file.users().size, 0);
  await clock.advance(1000);
  assert.deepEqual([...file.users().keys()], ['a']);
  assert.equal(warnings.length, 1);
  disk.remove('/data/users.properties');
  await clock.advance(1000);
  assert.equal(file.users().size, 0);
  const first = await file.createFirst(random);
  assert.equal(first?.name, 'admin');
  assert.ok(await isPassword(first!.password, file.users().get('admin')!.stored));
  assert.equal(file.users().get('admin')!.role, 'super');
  assert.equal(await file.createFirst(random), undefined);
  assert.equal(warnings.length, 1);
});

test('role-permission.yml: lists, quotes, comments and wildcards as Apache’s', () => {
  const text =
    '# x\nrolePerms:\n  Admin:\n    - /**\n  Normal:\n    - /topic/*.query # all\n    - "/message/**"\n    - /a/?.do\n';
  const patterns = parsePatterns(text);
  assert.deepEqual(patterns, ['/topic/*.query', '/message/**', '/a/?.do']);
  assert.deepEqual(parsePatterns('rolePerms: { Normal: [/x/*.query, "/y"] }'), ['/x/*.query', '/y']);
  const allows = (path: string): boolean => patterns.map(compilePattern).some((pattern) => pattern.test(path));
  assert.deepEqual(
    ['/topic/list.query', '/topic/list.queryTopicType', '/topic/a/b.query', '/message/a/b', '/a/b.do', '/a/bc.do'].map(
      allows,
    ),
    [true, false, false, true, true, false],
  );
});

test('without the file normal users may read everything and send messages; with it, what it says', async () => {
  const { disk, clock } = simulatedPlatform(4);
  const permission = new RolePermission('/data/role-permission.yml', { disk, clock, logger: silentLogger });
  const seen = (): boolean[] =>
    ['/topic/list.query', '/acl/users.query', '/topic/sendTopicMessage.do', '/topic/deleteTopic.do'].map((path) =>
      permission.allows(path),
    );
  assert.deepEqual(seen(), [true, true, true, false]);
  put(disk, '/data/role-permission.yml', 'rolePerms:\n  Normal:\n    - /topic/*\n');
  await clock.advance(1000);
  assert.deepEqual(seen(), [true, false, true, true]);
});

test('sessions end when they are not used, after a day in any case, and give way beyond the limits', async () => {
  const { clock, random } = simulatedPlatform(5);
  const sessions = new Sessions({ clock, random, idleMs: 60_000 });
  const first = sessions.begin({ name: 'a', role: 'super' });
  await clock.advance(59_000);
  assert.equal(sessions.use(first.id)?.name, 'a');
  await clock.advance(61_000);
  assert.equal(sessions.use(first.id), undefined);
  const busy = sessions.begin({ name: 'a', role: 'super' });
  for (let hour = 0; hour < 24 * 60; hour++) {
    await clock.advance(59_000);
    sessions.use(busy.id);
  }
  await clock.advance(59_000 * 30);
  assert.equal(sessions.use(busy.id), undefined);
  const many = Array.from({ length: 21 }, () => sessions.begin({ name: 'b', role: 'normal' }));
  assert.equal(sessions.use(many[0]!.id), undefined);
  assert.equal(sessions.use(many[20]!.id)?.name, 'b');
});

test('after five wrong passwords an address waits, longer each time; a right one ends that, and another address is free', async () => {
  const { clock } = simulatedPlatform(6);
  const limits = new LoginLimits(clock);
  for (let tries = 0; tries < 4; tries++) limits.failed('10.0.0.1', 'admin');
  assert.equal(limits.waitMs('10.0.0.1', 'admin'), 0);
  limits.failed('10.0.0.1', 'admin');
  assert.equal(limits.waitMs('10.0.0.1', 'other'), 5000);
  assert.equal(limits.waitMs('10.0.0.2', 'admin'), 0);
  limits.failed('10.0.0.1', 'admin');
  assert.equal(limits.waitMs('10.0.0.1', 'admin'), 10_000);
  await clock.advance(10_000);
  assert.equal(limits.waitMs('10.0.0.1', 'admin'), 0);
  limits.succeeded('10.0.0.1', 'admin');
  limits.failed('10.0.0.1', 'admin');
  assert.equal(limits.waitMs('10.0.0.1', 'admin'), 0);
});

test('one who has a whole IPv6 network has one try for all of it', () => {
  const { clock } = simulatedPlatform(7);
  const limits = new LoginLimits(clock);
  for (let host = 0; host < 5; host++) limits.failed(`2001:db8:1:2::${host}`, `user${host}`);
  assert.equal(limits.waitMs('2001:db8:1:2:ffff::9', 'admin'), 5000);
  assert.equal(limits.waitMs('2001:db8:1:3::1', 'admin'), 0);
});
