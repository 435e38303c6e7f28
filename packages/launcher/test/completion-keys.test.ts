import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startOurBroker, startOurNamesrv } from '@rocketmq-ts/testkit/processes';

const BIN = resolve(import.meta.dirname, '../../../bin');
/** A limit, not an expectation. */
const LIMIT_MS = 60_000;
const TAB = '\t';
/** Bound below to what writes down the line as it is on the screen, and empties it. */
const WRITE_DOWN = '\u0018p';

interface Shell {
  readonly command: string;
  /** Lines after which the shell completes, and `WRITE_DOWN` works. `$WRITTEN` is the file. */
  readonly lines: readonly string[];
}

const SHELLS: Readonly<Record<string, Shell>> = {
  bash: {
    command: 'bash --noprofile --norc -i',
    lines: [
      `bind -x '"\\C-xp": printf "%s\\n" "$READLINE_LINE" >>"$WRITTEN"; READLINE_LINE='`,
      // All words of a list at once, without a question.
      `bind 'set show-all-if-ambiguous on'; bind 'set completion-query-items 0'; bind 'set page-completions off'`,
      'source <(mqadmin completion bash)',
    ],
  },
  zsh: {
    command: 'zsh -f -i',
    lines: [
      'autoload -Uz compinit && compinit -u -D; LISTMAX=1000',
      'write-down() { print -r -- "$BUFFER" >>"$WRITTEN"; BUFFER= }; zle -N write-down; bindkey "^Xp" write-down',
      'source <(mqadmin completion zsh)',
    ],
  },
};

/** One line with the reason, or false. In CI nothing may be missing. */
function unlessThere(shell: string): string | false {
  const missing = ['script', shell].find((command) => spawnSync(command, ['--version']).error !== undefined);
  if (missing === undefined) return false;
  const reason = `keys are typed into a real ${shell}: no ${missing} on the PATH`;
  if (process.env.CI === 'true') throw new Error(`${reason}; in CI it must run`);
  return reason;
}

/** A shell on a terminal of its own, as a user has it. */
class Terminal {
  readonly #process: ChildProcess;
  readonly #file: string;
  #lines = 0;
  /** What was shown so far. */
  screen = '';

  constructor(folder: string, { command, lines }: Shell, namesrv: string) {
    this.#file = join(folder, 'written');
    const PATH = [BIN, process.env.PATH].join(delimiter);
    const environment = { PATH, HOME: folder, TERM: 'xterm', NAMESRV_ADDR: namesrv, WRITTEN: this.#file };
    this.#process = spawn('script', ['-qfec', command, '/dev/null'], { env: environment, cwd: folder });
    this.#process.stdout!.setEncoding('utf8').on('data', (text: string) => (this.screen += text));
    for (const line of lines) this.#type(`${line}\n`);
  }

  #type(keys: string): void {
    this.#process.stdin!.write(keys);
  }

  /** The line after these keys. */
  async after(keys: string): Promise<string> {
    this.#type(keys + WRITE_DOWN);
    this.#lines += 1;
    for (const giveUpAt = Date.now() + LIMIT_MS; ; await pause(20)) {
      const lines = existsSync(this.#file) ? readFileSync(this.#file, 'utf8').split('\n') : [];
      if (lines.length > this.#lines) return lines[this.#lines - 1]!;
      if (Date.now() > giveUpAt) throw new Error(`no line after ${JSON.stringify(keys)}: ${this.screen}`);
    }
  }

  /** What these keys have shown when that is whole. No key may follow before: zsh shows no list while more keys wait. */
  async shownBy(keys: string, isWhole: (shown: string) => boolean): Promise<string> {
    const from = this.screen.length;
    this.#type(keys);
    for (const giveUpAt = Date.now() + LIMIT_MS; ; await pause(20)) {
      const shown = this.screen.slice(from);
      if (isWhole(shown) || Date.now() > giveUpAt) return shown;
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#process.once('exit', done));
    this.#process.stdin!.end('exit\n');
    this.#process.kill();
    await ended;
  }
}

for (const [name, shell] of Object.entries(SHELLS)) {
  describe(`the Tab key in ${name}`, { skip: unlessThere(name) }, () => {
    const folder = mkdtempSync(join(tmpdir(), `rocketmq-ts-${name}-`));
    const servers: { kill(): Promise<unknown> }[] = [];
    let terminal: Terminal;
    before(async () => {
      const namesrv = await startOurNamesrv({ home: join(folder, 'namesrv') });
      servers.push(namesrv);
      const broker = await startOurBroker({ home: join(folder, 'broker'), namesrv: namesrv.address });
      servers.push(broker);
      terminal = new Terminal(folder, shell, namesrv.address);
    });
    after(async () => {
      await terminal?.stop();
      for (const server of servers) await server.kill();
      rmSync(folder, { recursive: true, force: true });
    });

    test('completes the name of a command, and puts a blank behind it', async () => {
      assert.equal(await terminal.after(`mqadmin topicR${TAB}`), 'mqadmin topicRoute ');
      assert.equal(await terminal.after(`mqadmin topicr${TAB}`), 'mqadmin topicRoute ', 'of whatever case');
    });

    test('shows all commands that may be meant', async () => {
      assert.equal(
        await terminal.after(`mqadmin updateColdDataFlow${TAB}`),
        'mqadmin updateColdDataFlowCtrGroupConfig ',
      );
      const commands = ['topicClusterList', 'topicList', 'topicRoute', 'topicStatus'];
      const isWhole = (text: string): boolean => commands.every((command) => text.includes(command));
      const shown = await terminal.shownBy(`mqadmin topic${TAB}`, isWhole);
      for (const command of commands) assert.ok(shown.includes(command), `${command} in ${shown}`);
      assert.equal(await terminal.after(''), 'mqadmin topic');
    });

    test('completes options and the values they may have', async () => {
      assert.equal(await terminal.after(`mqadmin updateTopic --clus${TAB}`), 'mqadmin updateTopic --clusterName ');
      const values = /2[^\d].*4[^\d].*6[^\d]/s;
      const shown = await terminal.shownBy(`mqadmin updateTopic -p ${TAB}`, (text) => values.test(text));
      await terminal.after('');
      assert.match(shown, values);
      assert.ok(!shown.includes('--'), `no description is announced where there is none: ${shown}`);
    });

    test('completes names that the cluster knows', async () => {
      // On a busy machine the name server may be slower than a shell waits.
      const cases = [
        ['mqadmin topicStatus -t SELF_T', 'mqadmin topicStatus -t SELF_TEST_TOPIC '],
        ['mqadmin clusterList -c Default', 'mqadmin clusterList -c DefaultCluster '],
        [
          'mqadmin brokerStatus -b 127.',
          `mqadmin brokerStatus -b ${(servers[1] as unknown as { address: string }).address} `,
        ],
      ] as const;
      for (const [typed, wanted] of cases) {
        let found = '';
        for (let tries = 0; tries < 10 && found !== wanted; tries++) found = await terminal.after(typed + TAB);
        assert.equal(found, wanted);
      }
    });
  });
}
