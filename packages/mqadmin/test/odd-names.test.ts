import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidatesFor } from '../src/command/completion/candidates.ts';
import { COMMANDS } from '../src/command/table.ts';
import { TextTable } from '../src/text-table.ts';
import { type Exchange, runAgainst } from './scripted-cluster.ts';

const LONG = 'N'.repeat(255);
const ODD = 'a\u001b[31mb\nc\u0085d\u2028e';

const topics: Exchange = {
  address: '127.0.0.1:25877',
  code: 206,
  extFields: {},
  answer: { code: 0, body: { text: JSON.stringify({ topicList: [LONG, ODD] }) } },
};

test('names with control characters reach neither the terminal nor break JSON; long names stay whole', async () => {
  const text = await runAgainst(['topicList'], [topics]);
  assert.equal(text.stdout.split('\n').includes(LONG), true);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
  assert.doesNotMatch(text.stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  const { stdout } = await runAgainst(['topicList', '--json'], [topics]);
  assert.equal(stdout.split('\n').length, 2);
  assert.deepEqual(JSON.parse(stdout).topics.toSorted(), [LONG, ODD]);
  assert.doesNotMatch(stdout, /[\u007f-\u009f\u2028]/);
});

test('a row of a table stays one line, and cuts where its pattern says', () => {
  let printed = '';
  const table = new TextTable<{ readonly name: string; readonly count: number }>([
    { head: '#Name', pattern: '%-8.8s  ', of: 'name' },
    { head: '#Count', pattern: '%4d', of: 'count' },
  ]);
  table.print({ out: (text) => (printed += text) }, [
    { name: LONG, count: 7 },
    { name: 'a\nb', count: 12 },
  ]);
  assert.equal(printed, '#Name     #Count\nNNNNNNNN     7\na\\nb        12\n');
});

const words = async (...typed: string[]): Promise<unknown> => {
  const found = await candidatesFor(typed, COMMANDS);
  return 'kind' in found ? found : found.map(({ word }) => word);
};

test('a shell is offered commands, options that are not given yet, values, and kinds of names', async () => {
  assert.deepEqual(await words('clusterl'), ['clusterList']);
  assert.deepEqual(await words('help', 'topicr'), ['topicRoute']);
  assert.deepEqual(await words('topicRoute', '-t', 'T', '-'), ['-h', '-l', '-n', '--json']);
  assert.deepEqual(await words('updateTopic', '-b', 'x', '--c'), []);
  assert.deepEqual(await words('updateTopic', '-p', '4'), ['4']);
  assert.deepEqual(await words('topicRoute', '--topic=Ord'), { kind: 'topic', before: '--topic=', typed: 'Ord' });
  assert.deepEqual(await words('wipeWritePerm', '-b', 'b'), { kind: 'brokerName', before: '', typed: 'b' });
  assert.deepEqual(await words('brokerStatus', '-b', ''), { kind: 'brokerAddress', before: '', typed: '' });
  assert.deepEqual(await words('consumerProgress', '-g', ''), { kind: 'group', before: '', typed: '' });
  assert.deepEqual(await words('noSuchCommand', '-t', ''), []);
});
