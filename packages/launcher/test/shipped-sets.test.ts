import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { freePort } from '@rocketmq-ts/testkit/java';
import { freePorts } from './broker-process.ts';
import { Shell } from './command.ts';

const CONF = resolve(import.meta.dirname, '../../../conf');
const TEN_SECONDS = 10_000;

const shell = new Shell();
after(() => shell.dispose());

/** Member of a set: file without `.properties`, and its row in clusterList. */
interface Member {
  readonly file: string;
  readonly brokerName: string;
  readonly brokerId: number;
}

/** As an operator does who runs the set on one machine: the lines of the shipped file that are meant for it, with what is free there. */
async function ownCopy(set: string, { file }: Member): Promise<{ path: string; port: number }> {
  const port = await freePorts();
  const shipped = readFileSync(join(CONF, set, `${file}.properties`), 'utf8');
  const edited = shipped
    .replace(/^#listenPort=\d+$/m, `listenPort=${port}`)
    .replace(/^#storePathRootDir=.+$/m, `storePathRootDir=${join(shell.home, set, file)}`);
  assert.equal(edited.match(/^(listenPort|storePathRootDir)=/gm)?.length, 2, `${set}/${file}`);
  const path = join(shell.home, `${set}-${file}.properties`);
  writeFileSync(path, `${edited}bindAddress=127.0.0.1\nmappedFileSizeCommitLog=67108864\n`);
  return { path, port };
}

async function startsAsASet(set: string, members: readonly Member[]): Promise<void> {
  const namesrv = `127.0.0.1:${await freePort()}`;
  const conf = join(shell.home, `${set}-namesrv.conf`);
  writeFileSync(conf, `listenPort=${namesrv.split(':')[1]}\nbindAddress=127.0.0.1\n`);
  const nameServer = shell.start('mqnamesrv', ['-c', conf]);
  await nameServer.printed(/boot success/);
  const running = [nameServer];
  const rows: string[] = [];
  for (const member of members) {
    const { path, port } = await ownCopy(set, member);
    const broker = shell.start('mqbroker', ['-n', namesrv, '-c', path]);
    running.push(broker);
    await broker.printed(/boot success/);
    rows.push(`DefaultCluster ${member.brokerName} ${member.brokerId} 127.0.0.1:${port}`);
  }

  const listed = await shell.run('mqadmin', 'clusterList', '-n', namesrv);
  const cells = listed.stdout.split('\n').map((line) => line.trim().split(/\s+/));
  const found = cells.filter(([cluster]) => cluster === 'DefaultCluster').map((row) => row.slice(0, 4).join(' '));
  assert.deepEqual(found.sort(), rows.sort(), listed.stdout);

  const producer = shell.start('tools.sh', ['org.apache.rocketmq.example.quickstart.Producer'], {
    variables: { NAMESRV_ADDR: namesrv },
  });
  const { code, stdout, stderr } = await producer.ended;
  assert.equal(code, 0, stderr);
  const places = [...stdout.matchAll(/SEND_OK.*brokerName=([\w-]+), queueId=(\d)/g)].map((match) => match[1]!);
  assert.ok(places.length >= 1000, stdout.slice(0, 500));
  const masters = new Set(members.map(({ brokerName }) => brokerName));
  for (const name of masters) {
    const share = places.filter((place) => place === name).length / places.length;
    assert.ok(share > 0.8 / masters.size && share < 1.2 / masters.size, `${name} has ${share} of the messages`);
  }

  for (const each of running) each.kill('SIGTERM');
  const ends = await Promise.all(running.map(({ ended }) => ended));
  assert.deepEqual(new Set(ends.map((end) => end.code)), new Set([0]));
}

const master = (brokerName: string): Member => ({ file: brokerName, brokerName, brokerId: 0 });

test(
  '2m-noslave starts from its files: clusterList has every member, the quick start’s producer uses all in turn',
  {
    timeout: 3 * TEN_SECONDS,
  },
  () => startsAsASet('2m-noslave', [master('broker-a'), master('broker-b'), master('broker-trace')]),
);

const slave = (brokerName: string): Member => ({ file: `${brokerName}-s`, brokerName, brokerId: 1 });

for (const set of ['2m-2s-async', '2m-2s-sync']) {
  test(
    `${set} starts from its files: masters and slaves are listed, the producer uses both masters in turn`,
    {
      timeout: 3 * TEN_SECONDS,
    },
    () => startsAsASet(set, [master('broker-a'), master('broker-b'), slave('broker-a'), slave('broker-b')]),
  );
}
