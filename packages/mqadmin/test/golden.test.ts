import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { assertRecorded, type Exchange, runAgainst } from './scripted-cluster.ts';

// Times are printed in local time; the recordings were made in UTC.
process.env.TZ = 'UTC';

interface Recording {
  readonly argv: readonly string[];
  readonly nowMs: number;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly exchanges: readonly Exchange[];
}

function recordings(folder: string): [string, Recording][] {
  const directory = new URL(`./fixtures/${folder}/`, import.meta.url);
  return readdirSync(directory).map((name) => [
    name,
    JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as Recording,
  ]);
}

/** Without what differs: the order of settings, which Apache prints in none, and the key of a message just made. */
function comparable(recording: Recording, stdout: string): string {
  const command = recording.argv[0] ?? '';
  if (/^get(Broker|Namesrv)Config$/.test(command)) return stdout.split('\n').sort().join('\n');
  return (VOLATILE[command] ?? []).reduce((text, pattern) => text.replaceAll(pattern, '<own>'), stdout);
}

/** What each run has of its own: ids just made, the queue picked, milliseconds that a send took. */
const VOLATILE: Readonly<Record<string, readonly RegExp[]>> = {
  sendMessage: [/[0-9A-F]{32,56}/g],
  // A recording has one answer for equal requests.
  sendMsgStatus: [/(?<=^rt=)\d+/gm, /(?<= (msgId|offsetMsgId)=)[0-9A-F]+/g, /(?<= queueOffset=)\d+/g],
  checkMsgSendRT: [/(?<=true {20})\d+$/gm, /(?<=^Avg RT: )[\d.]+$/gm],
  consumerStatus: [/\d{13}(?=\/)/g],
};

/** Apache prints a stack trace for an order entry that does not exist yet, and continues; we only continue. */
const QUIETER = new Set(['updateTopic-b-ADDR-t-TopicFour-o-true.json']);

/** Apache prints nothing; we print that the group does not exist. */
const SILENT = new Set(['getConsumerConfig-g-NoSuchGroup.json']);

/** The moment that the recorded run took for now. */
function nowOf(recording: Recording): number {
  const printed = recording.argv.includes('now') ? /timestamp\(long\)\[(\d+)\]/.exec(recording.stdout)?.[1] : undefined;
  return printed === undefined ? recording.nowMs : Number(printed);
}

/** The reason that Apache's stack trace gives, when a server or the client library gave one. */
function reasonOf(stderr: string): string | undefined {
  return /Exception: (CODE: \d+ {2}DESC: .*?)( BROKER: \S+)?$/m.exec(stderr)?.[1];
}

/** Whether the recorded run did not do what it was asked for. */
function failed(name: string, { stdout, stderr }: Recording): boolean {
  const refused =
    /^\[error\] |not support direct push|^index type error|must be set if|updateTopicPerm error|^false$|^Please /m.test(
      stdout,
    );
  return SILENT.has(name) || (stderr !== '' && !QUIETER.has(name)) || stdout.startsWith('usage: ') || refused;
}

describe("a command line prints what Apache's mqadmin 5.4.0 prints", () => {
  for (const [name, recording] of recordings('command-line')) {
    test(`${recording.argv.join(' ')} (${name})`, async () => {
      if (recording.argv.length === 0) return;
      const outcome = await runAgainst(recording.argv, []);
      // Help that was asked for continues with examples.
      const isHelp = recording.exitCode === 0 && recording.stdout.startsWith('usage: ');
      const [shown, more] = isHelp ? outcome.stdout.split('\nWith --json ', 2) : [outcome.stdout];
      assert.equal(shown, recording.stdout);
      if (isHelp) assert.match(more ?? '', /^Examples:\n {2}\S.*\n {4}mqadmin \w+/m);
      // An unknown name is a failure here, with a hint.
      const unknown = / not exist\.\n$/.test(recording.stdout);
      if (!unknown) assert.equal(outcome.stderr, recording.stderr);
      assert.equal(outcome.exitCode, unknown ? 1 : recording.exitCode);
    });
  }
});

describe("a command prints what Apache's mqadmin 5.4.0 prints about the same answers of servers", () => {
  for (const [name, recording] of recordings('cluster')) {
    test(`${recording.argv.join(' ')} (${name})`, async () => {
      const outcome = await runAgainst(recording.argv, recording.exchanges, { nowMs: nowOf(recording) });
      assertRecorded(outcome);
      assert.equal(comparable(recording, outcome.stdout), comparable(recording, recording.stdout));
      // Apache's tool ends with 0 whatever happened behind the command line.
      assert.equal(
        outcome.exitCode !== 0,
        recording.exitCode !== 0 || failed(name, recording),
        String(outcome.exitCode),
      );
      const reason = QUIETER.has(name) ? undefined : reasonOf(recording.stderr);
      if (reason !== undefined) assert.ok(outcome.stderr.includes(reason), `"${outcome.stderr}" lacks "${reason}"`);
      else if (recording.stderr === '') assert.equal(outcome.stderr !== '', SILENT.has(name), outcome.stderr);
    });
  }
});
