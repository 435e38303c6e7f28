import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { COMMANDS } from '../src/command/table.ts';
import { type Exchange, runAgainst } from './scripted-cluster.ts';

const NAME_SERVER = '127.0.0.1:25877';

const topics: Exchange = {
  address: NAME_SERVER,
  code: 206,
  extFields: {},
  answer: { code: 0, body: { text: '{"topicList":["T1"]}' } },
};

const noRoute: Exchange = {
  address: NAME_SERVER,
  code: 105,
  extFields: {},
  answer: { code: 17, remark: 'No topic route info in name server for the topic: T' },
};

test('without a word the commands are listed in columns', async () => {
  const { stdout, exitCode } = await runAgainst([], []);
  const lines = stdout.split('\n');
  assert.equal(lines[0], 'The most commonly used mqadmin commands are:');
  assert.equal(lines[1], '   updateTopic                         Update or create topic.');
  assert.equal(lines.length, COMMANDS.length + 4);
  assert.equal(lines.at(-2), "See 'mqadmin help <command>' for more information on a specific command.");
  assert.equal(exitCode, 0);
});

test('a refusal of the cluster is one line on standard error, and exit code 2', async () => {
  const { stdout, stderr, exitCode } = await runAgainst(['topicRoute', '-t', 'T'], [noRoute]);
  assert.equal(stdout, '');
  assert.equal(
    stderr,
    'TopicRouteSubCommand command failed: CODE: 17  DESC: No topic route info in name server for the topic: T\n',
  );
  assert.equal(exitCode, 2);
});

test('--strict, by which failures were once asked for, changes nothing', async () => {
  assert.equal((await runAgainst(['topicRoute', '--strict', '-t', 'T'], [noRoute])).exitCode, 2);
  assert.equal((await runAgainst(['topicList', '--strict'], [topics])).exitCode, 0);
});

test('every command of Apache’s 5.4.0 is here, in its order and with its description', async () => {
  const file = new URL('./fixtures/command-line/no-arguments.json', import.meta.url);
  const { stdout } = JSON.parse(readFileSync(file, 'utf8')) as { stdout: string };
  const rows = [...stdout.matchAll(/^ {3}(\w+) +(.*)$/gm)].map(([, name, description]) => [name, description]);
  assert.equal(rows.length, 90);
  const apaches = new Set(rows.map(([name]) => name));
  const here = COMMANDS.filter(({ name }) => apaches.has(name)).map(({ name, description }) => [name, description]);
  assert.deepEqual(here, rows);
});

for (const [typed, hint] of [
  ['topicLsit', 'Did you mean topicList?'],
  ['topicroutes', 'Did you mean topicRoute?'],
  ['clusterlst', 'Did you mean clusterList'],
  ['printMessage', 'Did you mean printMsg or sendMessage?'],
  ['xyz', 'Run mqadmin without a word for the list of commands.'],
] as const) {
  test(`a mistyped ${typed} is answered with the names it may have meant`, async () => {
    const { stdout, stderr, exitCode } = await runAgainst([typed], []);
    assert.deepEqual([stdout, exitCode], [`The sub command ${typed} not exist.\n`, 1]);
    assert.ok(stderr.startsWith(hint), stderr);
  });
}

test('a name server that is not there is named with the reason', async () => {
  const { stderr } = await runAgainst(['topicList'], []);
  assert.match(
    stderr,
    /^TopicListSubCommand command failed: no name server could be asked: .*127\.0\.0\.1:25877.*ECONNREFUSED.*\n$/,
  );
});

test('without any name server the setting to change is named', async () => {
  const { stderr } = await runAgainst(['topicList'], [], { env: { NAMESRV_ADDR: '' } });
  assert.equal(
    stderr,
    'TopicListSubCommand command failed: no name server address is known: give -n host:port or set NAMESRV_ADDR\n',
  );
});

test('the next name server is asked when one is not there, and -n has priority over NAMESRV_ADDR', async () => {
  const { stdout } = await runAgainst(['topicList', '-n', `127.0.0.1:1; ${NAME_SERVER}`], [topics], {
    env: { NAMESRV_ADDR: '127.0.0.1:2' },
  });
  assert.equal(stdout, 'T1\n');
});

test('a value that is no number is refused with option and value', async () => {
  const { stderr, requests } = await runAgainst(['updateTopic', '-b', '127.0.0.1:1', '-t', 'T', '-r', 'x'], []);
  assert.equal(stderr, 'UpdateTopicSubCommand command failed: option -r: "x" is not a whole number\n');
  assert.deepEqual(requests, []);
});

test('a number that is too large is refused with what is taken', async () => {
  const words = ['queryMsgByOffset', '-t', 'T', '-b', 'b', '-i', '0', '-o', '9223372036854775807'];
  const { stderr, exitCode } = await runAgainst(words, []);
  assert.match(stderr, /-o: "9223372036854775807" is not a whole number from -9007199254740991 to 9007199254740991/);
  assert.equal(exitCode, 2);
});

test('requests are signed with the keys of tools.yml', async () => {
  const { requests } = await runAgainst(['topicRoute', '-t', 'T'], [noRoute], {
    toolsYml: '#comment\naccessKey: rocketmq2\nsecretKey: "12345678" # kept\n',
  });
  const signature = createHmac('sha1', '12345678').update('rocketmq2T').digest('base64');
  assert.deepEqual(requests[0]?.extFields, { AccessKey: 'rocketmq2', Signature: signature, topic: 'T' });
});

test('blank keys in tools.yml mean no signature', async () => {
  const { requests } = await runAgainst(['topicRoute', '-t', 'T'], [noRoute], {
    toolsYml: 'accessKey:\nsecretKey: x\n',
  });
  assert.deepEqual(requests[0]?.extFields, { topic: 'T' });
});

test('every command has a name of its own, and no two options of one meet', () => {
  const names = COMMANDS.map((entry) => entry.name.toLowerCase());
  assert.equal(new Set(names).size, names.length);
});

test('clusterList -i prints again after each interval until it is interrupted', async () => {
  const empty: Exchange = { address: NAME_SERVER, code: 106, extFields: {}, answer: { code: 0, body: { text: '{}' } } };
  const { stdout, exitCode } = await runAgainst(['clusterList', '-m', '-i', '2'], [empty], { interruptAfterMs: 5000 });
  assert.equal(stdout.match(/#Cluster Name/g)?.length, 3);
  assert.equal(exitCode, 0);
});

test('clusterList names brokers whose logs have diverged below its table, and what to do; the table stays as it is', async () => {
  const file = new URL('./fixtures/cluster/one-broker-clusterList.json', import.meta.url);
  const recording = JSON.parse(readFileSync(file, 'utf8')) as { stdout: string; nowMs: number; exchanges: Exchange[] };
  const sentence = 'this slave from its master 10.0.0.1:10912: it has another record at 40';
  const exchanges = recording.exchanges.map((exchange): Exchange => {
    const text = exchange.answer.body?.text;
    if (exchange.code !== 28 || text === undefined) return exchange;
    const changed = text.replace('"table":{', `"table":{"replicationDivergence":"${sentence}",`);
    return { ...exchange, answer: { ...exchange.answer, body: { text: changed } } };
  });
  const { stdout, exitCode } = await runAgainst(['clusterList'], exchanges, { nowMs: recording.nowMs });
  assert.ok(stdout.startsWith(`${recording.stdout}\nLogs have diverged`), stdout);
  const below = stdout.slice(recording.stdout.length);
  assert.match(below, new RegExp(`^ {2}broker-a 0 \\(127\\.0\\.0\\.2:25911\\): ${sentence}$`, 'm'));
  assert.match(below, /^To repair it: updateBrokerConfig -b <slave> -k slaveTruncateOnDivergence -v true/m);
  assert.equal(exitCode, 0);
  const more = await runAgainst(['clusterList', '-m'], exchanges, { nowMs: recording.nowMs });
  assert.match(more.stdout, /Logs have diverged[\s\S]*broker-a 0 /);
});

test('clusterList has a row without figures for a broker that does not answer, as Apache’s', async () => {
  const file = new URL('./fixtures/cluster/one-broker-clusterList.json', import.meta.url);
  const { exchanges } = JSON.parse(readFileSync(file, 'utf8')) as { exchanges: Exchange[] };
  const { stdout, exitCode } = await runAgainst(
    ['clusterList'],
    exchanges.filter(({ code }) => code !== 28),
  );
  assert.match(stdout, / 0\.00\(,ms\) +0\.00\(,ms\|,ms\) /);
  assert.equal(exitCode, 2);
});

test('resetMasterFlushOffset sends the offset to the broker, and without one of both options says how it is used', async () => {
  const slave: Exchange = { address: '127.0.0.1:1', code: 908, extFields: {}, answer: { code: 0 } };
  const { stdout, exitCode, requests } = await runAgainst(
    ['resetMasterFlushOffset', '-b', ' 127.0.0.1:1', '-o', '4096'],
    [slave],
  );
  assert.deepEqual([stdout, exitCode], ['reset master flush offset to 4096 success\n', 0]);
  assert.deepEqual(requests[0]?.extFields, { masterFlushOffset: '4096' });
  for (const args of [[], ['-b', '127.0.0.1:1'], ['-o', '1']]) {
    const refused = await runAgainst(['resetMasterFlushOffset', ...args], [slave]);
    assert.deepEqual([refused.exitCode, refused.requests], [1, []]);
    assert.match(refused.stdout, /^usage: mqadmin resetMasterFlushOffset/);
  }
  const { stderr } = await runAgainst(['resetMasterFlushOffset', '-b', '127.0.0.1:1', '-o', 'x'], [slave]);
  assert.match(stderr, /option -o: "x" is not a whole number/);
});
