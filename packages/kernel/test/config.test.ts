import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  choiceProperty,
  configEntries,
  configError,
  configTable,
  decimalProperty,
  flagProperty,
  integerProperty,
  optionalTextProperty,
  problemText,
  readConfig,
  textProperty,
} from '../src/config.ts';
import { LiveConfig } from '../src/live-config.ts';

const table = configTable({
  port: integerProperty(9876, { meaning: 'port', min: 0, max: 65535 }),
  interval: integerProperty(5000, { meaning: 'interval', unit: 'ms', change: 'live' }),
  ratio: decimalProperty(1, { meaning: 'ratio' }),
  verbose: flagProperty(false, { meaning: 'verbose', change: 'live' }),
  mode: choiceProperty(['FAST', 'SAFE'], 'FAST', { meaning: 'mode' }),
  home: optionalTextProperty({ meaning: 'home' }),
  name: textProperty('x', { meaning: 'name' }),
  password: textProperty('p', { meaning: 'password', secret: true }),
});

test('a table gives its defaults when nothing is configured', () => {
  const { config, unknown, problems } = readConfig(table, new Map());
  assert.deepEqual(
    { ...config },
    { port: 9876, interval: 5000, ratio: 1, verbose: false, mode: 'FAST', home: undefined, name: 'x', password: 'p' },
  );
  assert.deepEqual([unknown, problems], [[], []]);
});

test('values are parsed by their type, with blanks around them ignored', () => {
  const properties = new Map([
    ['port', ' 10 '],
    ['ratio', '.5'],
    ['verbose', 'TRUE '],
    ['mode', 'SAFE'],
    ['home', ' /a b '],
  ]);
  const { config, problems } = readConfig(table, properties);
  assert.deepEqual(
    [config.port, config.ratio, config.verbose, config.mode, config.home],
    [10, 0.5, true, 'SAFE', '/a b'],
  );
  assert.deepEqual(problems, []);
});

test('a computed default replaces that of the table and gives way to a configured value', () => {
  assert.equal(readConfig(table, new Map(), { name: 'host' }).config.name, 'host');
  assert.equal(readConfig(table, new Map([['name', 'own']]), { name: 'host' }).config.name, 'own');
});

test('keys that the table does not know are named, also those of every object', () => {
  const properties = new Map([
    ['nothing', '1'],
    ['constructor', '2'],
  ]);
  assert.deepEqual(readConfig(table, properties).unknown, ['nothing', 'constructor']);
});

for (const [key, value] of [
  ['port', '65536'],
  ['port', '1.5'],
  ['port', ''],
  ['port', '0x10'],
  ['ratio', 'much'],
  ['verbose', 'yes'],
  ['mode', 'safe'],
] as const) {
  test(`${key}=${value} is a problem that names key, value and what is allowed`, () => {
    const { config, problems } = readConfig(table, new Map([[key, value]]));
    assert.deepEqual(problems, [{ key, value, allowed: table[key].allowed }]);
    assert.equal(config[key], table[key].fallback);
    const sentence = problemText(problems[0]!);
    assert.ok(sentence.includes(`${key}=${value}`) && sentence.includes(table[key].allowed), sentence);
    assert.match(configError(problems, 'a.conf').message, /a\.conf/);
  });
}

test('a listing is sorted, leaves out what is absent or secret, and shows decimals as such', () => {
  assert.deepEqual(configEntries(table, readConfig(table, new Map()).config), [
    ['interval', '5000'],
    ['mode', 'FAST'],
    ['name', 'x'],
    ['port', '9876'],
    ['ratio', '1.0'],
    ['verbose', 'false'],
  ]);
});

test('an update changes live values at once and keeps the others for the next start', () => {
  const live = new LiveConfig(table, readConfig(table, new Map()).config, { foreign: [['theirs', 'a']] });
  const { values } = live;
  const update = live.update(
    new Map([
      ['interval', '7'],
      ['port', '1'],
      ['theirs', 'b'],
      ['unknown', 'c'],
    ]),
  );
  assert.deepEqual(update, {
    applied: ['interval'],
    needRestart: ['port'],
    ignored: ['unknown'],
    idle: [],
    problems: [],
  });
  assert.deepEqual([values.interval, values.port], [7, 9876]);
  const entries = new Map(live.entries());
  assert.deepEqual([entries.get('interval'), entries.get('port'), entries.get('theirs')], ['7', '1', 'b']);
  assert.equal(entries.has('unknown'), false);
});

test('an update with one bad value changes nothing', () => {
  const live = new LiveConfig(table, readConfig(table, new Map()).config);
  const before = live.entries();
  const update = live.update(
    new Map([
      ['interval', '7'],
      ['verbose', 'maybe'],
    ]),
  );
  assert.deepEqual(update.problems, [{ key: 'verbose', value: 'maybe', allowed: 'true or false' }]);
  assert.deepEqual(update.applied, []);
  assert.equal(live.values.interval, 5000);
  assert.deepEqual(live.entries(), before);
});
