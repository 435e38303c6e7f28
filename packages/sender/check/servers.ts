import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort, type Program, startProgram } from '@rocketmq-ts/testkit/java';

const run = promisify(execFile);
const START_LIMIT_MS = 60_000;

/** A real database server on loopback, in a folder of its own. */
export interface DatabaseServer {
  /** Of a database on it, which exists. */
  url(database: string): string;
  createDatabase(name: string): Promise<void>;
  /** SIGKILL, by process id. */
  kill(): Promise<void>;
  /** Starts it again on the same folder and port, after `kill`. */
  start(): Promise<void>;
  /** Kills it and removes its folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The servers refuse to run as root: then they run as the user that their package made. */
function asUser(user: string, command: string, args: readonly string[]): readonly [string, string[]] {
  if (process.getuid?.() !== 0) return [command, [...args]];
  return ['setpriv', [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', command, ...args]];
}

async function makeFolder(name: string, user: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), `rocketmq-ts-${name}-`));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'data'));
  if (process.getuid?.() === 0) await run('chown', ['-R', user, folder]);
  return folder;
}

abstract class Server implements DatabaseServer {
  readonly folder: string;
  readonly port: number;
  #program: Program | undefined;
  #starts = 0;

  constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  abstract url(database: string): string;
  abstract createDatabase(name: string): Promise<void>;
  protected abstract readonly command: readonly [string, string[]];
  /** Rejects while it does not answer. */
  protected abstract ping(): Promise<void>;

  async start(): Promise<void> {
    let program = await this.#launch();
    for (const endMs = Date.now() + START_LIMIT_MS; ; ) {
      try {
        return await this.ping();
      } catch (error) {
        if (Date.now() > endMs) {
          throw new Error(`The database does not answer. ${program.output().slice(-2000)}`, { cause: error });
        }
      }
      const ended = await Promise.race([program.exited.then(() => true), pause(50)]);
      if (ended === true) await pause(100);
      // Children of a killed server hold its memory for a moment.
      if (ended === true) program = await this.#launch();
    }
  }

  async #launch(): Promise<Program> {
    const [command, args] = this.command;
    this.#starts += 1;
    const logFile = join(this.folder, `console-${this.#starts}.log`);
    this.#program = await startProgram({ command, args, logFile, workingDirectory: '/' });
    return this.#program;
  }

  async kill(): Promise<void> {
    await this.#program?.kill();
    this.#program = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    // Processes of PostgreSQL end by themselves a moment after their parent.
    await pause(100);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

class Postgres extends Server {
  protected readonly command: readonly [string, string[]];

  constructor(folder: string, port: number, programs: string) {
    super(folder, port);
    const args = [
      '-D',
      join(folder, 'data'),
      '-p',
      `${port}`,
      '-h',
      '127.0.0.1',
      '-k',
      folder,
      '-c',
      'max_connections=60',
    ];
    this.command = asUser('postgres', join(programs, 'postgres'), args);
  }

  url(database: string): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  async createDatabase(name: string): Promise<void> {
    await this.#query(`create database ${name}`);
  }

  protected async ping(): Promise<void> {
    await this.#query('select 1');
  }

  async #query(sql: string): Promise<void> {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: this.url('postgres') });
    client.on('error', () => {});
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }
}

class Mariadb extends Server {
  protected readonly command: readonly [string, string[]];

  constructor(folder: string, port: number) {
    super(folder, port);
    const args = ['--no-defaults', `--datadir=${join(folder, 'data')}`, `--port=${port}`, '--bind-address=127.0.0.1'];
    const small = [
      '--skip-name-resolve',
      '--innodb-buffer-pool-size=64M',
      '--innodb-log-file-size=32M',
      '--max-connections=60',
    ];
    const files = [`--socket=${join(folder, 'sock')}`, `--pid-file=${join(folder, 'pid')}`, `--tmpdir=${folder}`];
    this.command = asUser('mysql', 'mariadbd', [...args, ...small, ...files]);
  }

  url(database: string): string {
    return `mysql://mq:mq@127.0.0.1:${this.port}/${database}`;
  }

  async createDatabase(name: string): Promise<void> {
    await this.#admin(`create database ${name}`);
  }

  async createUser(): Promise<void> {
    await this.#admin(
      "create user if not exists mq@'127.0.0.1' identified by 'mq'; grant all on *.* to mq@'127.0.0.1'",
    );
  }

  protected async ping(): Promise<void> {
    await this.#admin('select 1');
  }

  async #admin(sql: string): Promise<void> {
    await run('mariadb', ['--no-defaults', `--socket=${join(this.folder, 'sock')}`, '-u', 'root', '-e', sql], {
      timeout: 10_000,
    });
  }
}

/** The newest PostgreSQL of Debian's packages. Rejects when none is installed (`apt-get install postgresql`). */
export async function startPostgres(): Promise<DatabaseServer> {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const version = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (version === undefined) throw new Error('PostgreSQL is missing: apt-get install postgresql');
  const programs = `/usr/lib/postgresql/${version}/bin`;
  const folder = await makeFolder('postgres', 'postgres');
  const args = ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  await run(...asUser('postgres', join(programs, 'initdb'), args), { cwd: '/' });
  const server = new Postgres(folder, await freePort(), programs);
  await server.start();
  return server;
}

/** MariaDB of Debian's packages. Rejects when it is not installed (`apt-get install mariadb-server`). */
export async function startMariadb(): Promise<DatabaseServer> {
  if (!existsSync('/usr/sbin/mariadbd')) throw new Error('MariaDB is missing: apt-get install mariadb-server');
  const folder = await makeFolder('mariadb', 'mysql');
  const args = [
    '--no-defaults',
    `--datadir=${join(folder, 'data')}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ];
  await run(...asUser('mysql', 'mariadb-install-db', args), { cwd: '/' });
  const server = new Mariadb(folder, await freePort());
  await server.start();
  await server.createUser();
  return server;
}
