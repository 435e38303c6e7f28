import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@rocketmq-ts/kernel';
import { simulatedPlatform } from '@rocketmq-ts/testkit';
import { AlertRules, MAX_RULES, ruleId } from '../src/alerts/rules.ts';
import { ClusterWatch, type Watched } from '../src/alerts/watch.ts';
import type { AlertRule, Finding } from '../src/api/index.ts';

const FOLDER = '/data';
const LIMITS = `${FOLDER}/monitor/consumerMonitorConfig.json`;
const RULE: AlertRule = { id: 'lag a', kind: 'lag', group: 'a', limit: 10, forMs: 60_000, isOn: true };
const FINDING: Finding = { kind: 'lag', severity: 'warning', group: 'a', lag: 11 };

const { disk } = simulatedPlatform(3);
const open = (folder: string | undefined = FOLDER): AlertRules =>
  new AlertRules({ disk, folder, logger: silentLogger });

function write(path: string, content: string): void {
  disk.makeDirectory(path.slice(0, path.lastIndexOf('/')));
  const file = disk.open(path, 'create');
  file.truncate(0);
  file.writeSync(Buffer.from(content), 0, Buffer.byteLength(content), 0);
  file.close();
}

test("limits of Apache's dashboard are rules, and rules are its limits, also after a new start", () => {
  write(LIMITS, '{"a": {"minCount": 2, "maxDiffTotal": 100}, "b": {"minCount": 0, "maxDiffTotal": 5}, "c": null}');
  const rules = open();
  assert.deepEqual(
    rules.list().map(({ id, limit }) => [id, limit]),
    [
      ['noNameServer', undefined],
      ['brokerDown', undefined],
      ['diskFull', 75],
      ['fewMembers a', 2],
      ['lag a', 100],
      ['lag b', 5],
    ],
  );
  rules.put({ ...rules.find('lag a')!, limit: 7, forMs: 5000, isOn: false });
  rules.remove(rules.find('fewMembers a')!);
  rules.remove(rules.find('lag b')!);
  assert.deepEqual(JSON.parse(disk.readFile(LIMITS)!.toString()), {
    a: { minCount: 0, maxDiffTotal: 7 },
    c: { minCount: 0, maxDiffTotal: 0 },
  });
  // Apache's dashboard changes its file in between.
  write(LIMITS, '{"a": {"minCount": 3, "maxDiffTotal": 8}}');
  const again = open();
  assert.deepEqual(again.find('lag a'), { ...again.find('lag a'), limit: 8, forMs: 5000, isOn: false });
  assert.equal(again.find('fewMembers a')?.limit, 3);
  again.setLimits('a', undefined);
  assert.equal(again.find('lag a'), undefined);
  assert.equal(open().list().length, 3);
});

test('a rule of one cluster comes before the same of all, and is not in the file of the limits', () => {
  const rules = open(undefined);
  rules.setLimits('a', { minCount: 0, maxDiffTotal: 10 });
  const own = { ...RULE, id: ruleId('lag', 'a', 'one'), cluster: 'one', limit: 99 };
  rules.put(own);
  assert.equal(rules.ofCluster('one').get('lag a'), undefined);
  assert.equal(rules.ofCluster('one').get(own.id)?.limit, 99);
  assert.equal(rules.ofCluster('two').get('lag a')?.limit, 10);
  assert.equal(rules.ofCluster('two').has(own.id), false);
  assert.deepEqual([...rules.limits()], [['a', { minCount: 0, maxDiffTotal: 10 }]]);
});

test(`${MAX_RULES} rules are taken and no more; files that are broken cost what they hold`, () => {
  const many = Object.fromEntries(
    Array.from({ length: MAX_RULES }, (_, at) => [`g${at}`, { minCount: 0, maxDiffTotal: 1 }]),
  );
  write(LIMITS, JSON.stringify(many));
  write(`${FOLDER}/alerts/rules.json`, '[{"id": "x"}, null, 7, {"id": "lag z", "kind": "lag", "forMs": 1}]');
  const full = open();
  assert.equal(full.list().length, MAX_RULES + 3);
  assert.throws(() => full.setLimits('one-more', { minCount: 1, maxDiffTotal: 1 }), { code: 'CONFLICT' });
  assert.throws(() => full.put({ ...RULE, id: 'lag more', group: 'more' }), { code: 'CONFLICT' });
  full.setLimits('g7', { minCount: 0, maxDiffTotal: 2 });
  full.setLimits('g8', undefined);
  full.setLimits('one-more', { minCount: 0, maxDiffTotal: 1 });
  assert.equal(full.find('lag g7')?.limit, 2);
  for (const content of ['[]', '{"a"', '7', 'null']) {
    write(LIMITS, content);
    write(`${FOLDER}/alerts/rules.json`, '{"a": ');
    assert.equal(open().list().length, 3, content);
  }
});

test('a rule that can not be saved is not made, and what was there stays', () => {
  const own = simulatedPlatform(4).disk;
  const rules = new AlertRules({ disk: own, folder: FOLDER, logger: silentLogger });
  rules.setLimits('a', { minCount: 1, maxDiffTotal: 0 });
  for (const path of ['rules.json', 'consumerMonitorConfig.json']) {
    own.faults.add({ operation: 'open', path, code: 'ENOSPC', times: 2 });
    assert.throws(() => rules.setLimits('b', { minCount: 1, maxDiffTotal: 5 }), { code: 'NOT_SAVED' }, path);
    assert.throws(() => rules.remove(rules.find('fewMembers a')!), { code: 'NOT_SAVED' }, path);
    assert.deepEqual([...rules.limits().keys()], ['a']);
    assert.equal(rules.find('lag b'), undefined);
    assert.equal(rules.find('fewMembers a')?.limit, 1);
  }
  rules.put({ ...RULE, id: 'lagAge a', kind: 'lagAge' });
  const again = new AlertRules({ disk: own, folder: FOLDER, logger: silentLogger });
  assert.equal(again.find('lagAge a')?.limit, 10);
  assert.deepEqual([...again.limits()], [['a', { minCount: 1, maxDiffTotal: 0 }]]);
});

/** A watch of one rule, with its condition given second by second. */
class Watch {
  readonly watch: ClusterWatch;
  rule = RULE;
  #monotonicMs = 1_000_000;
  wallMs = 1_700_000_000_000;
  readonly seen: string[] = [];
  readonly sent: string[] = [];

  constructor(raised: readonly Watched[] = []) {
    this.watch = new ClusterWatch('one', raised);
  }

  /** Ten seconds after the last. */
  look(condition: boolean | undefined, rounds = 1): void {
    for (let round = 0; round < rounds; round++) {
      const rules = new Map([[this.rule.id, this.rule]]);
      const judged = condition === undefined ? undefined : new Map(condition ? [['', FINDING]] : []);
      const at = { wallMs: this.wallMs, monotonicMs: this.#monotonicMs };
      const { events, toSend } = this.watch.look(rules, () => judged, at);
      this.seen.push(...events.map(({ what }) => what));
      this.sent.push(...toSend.map(({ what }) => what));
      this.#monotonicMs += 10_000;
      this.wallMs += 10_000;
    }
  }
}

test('what lasts is raised, what is gone for as long is resolved, what comes and goes is neither', () => {
  const one = new Watch();
  one.look(true, 6);
  assert.deepEqual(one.seen, [], 'fifty seconds are less than a minute');
  one.look(true);
  assert.deepEqual(one.seen, ['raised']);
  one.look(true, 100);
  for (let flap = 0; flap < 20; flap++) {
    one.look(false, 3);
    one.look(true, 3);
  }
  assert.deepEqual(one.seen, ['raised']);
  one.look(undefined, 100);
  assert.deepEqual(one.seen, ['raised'], 'what can not be told changes nothing');
  one.look(false, 7);
  assert.deepEqual(one.seen, ['raised', 'resolved']);
  assert.deepEqual(one.sent, one.seen);
  for (let flap = 0; flap < 20; flap++) {
    one.look(true, 5);
    one.look(false);
  }
  assert.deepEqual(one.seen, ['raised', 'resolved']);
});

test('a clock that jumps changes nothing, and a rule that is switched off ends its alerts', () => {
  const one = new Watch();
  one.look(true, 3);
  one.wallMs -= 365 * 86_400_000;
  one.look(true, 3);
  assert.deepEqual(one.seen, []);
  one.look(true);
  assert.deepEqual(one.seen, ['raised']);
  one.wallMs += 730 * 86_400_000;
  one.look(false, 3);
  one.look(true, 10);
  assert.deepEqual(one.seen, ['raised']);
  one.rule = { ...RULE, isOn: false };
  one.look(true);
  assert.deepEqual(one.seen, ['raised', 'resolved']);
  assert.deepEqual(one.watch.raised(), []);
});

test('a silent rule raises and sends nothing until its silence ends; a new start raises nothing twice', () => {
  const one = new Watch();
  one.rule = { ...RULE, silentUntilMs: one.wallMs + 600_000 };
  one.look(true, 30);
  assert.deepEqual([one.seen, one.sent], [['raised'], []]);
  assert.equal(one.watch.alerts(new Map([[one.rule.id, one.rule]]), one.wallMs)[0]?.isSilent, true);
  one.look(true, 40);
  assert.deepEqual([one.seen, one.sent], [['raised'], ['raised']]);
  const next = new Watch(one.watch.raised());
  next.look(undefined, 2);
  next.look(true, 20);
  assert.deepEqual(next.seen, []);
  assert.equal(next.watch.raised().length, 1);
  next.look(false, 7);
  assert.deepEqual([next.seen, next.sent], [['resolved'], ['resolved']]);
});
