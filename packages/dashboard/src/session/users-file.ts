import { type Clock, type Disk, type Logger, type Random, replaceFile } from '@rocketmq-ts/kernel';
import { hashPassword, isHash } from './password.ts';

/** What a user may do: everything, or what role-permission.yml has for `Normal`. */
export type Role = 'super' | 'normal';

/** A line of users.properties. */
export interface FileUser {
  readonly name: string;
  /** Hash or password. */
  readonly stored: string;
  readonly role: Role;
}

const MAX_FILE_BYTES = 1024 * 1024;
/** A change of the file is in force so soon. */
const LOOK_MS = 1000;
/** Name of the user that the first start makes. */
const FIRST_USER = 'admin';

/**
 * users.properties: `name=password[,role]`, role 1 is super. A changed file is in force within a second, without a restart; one that can
 * not be read leaves what was there. Source: UserServiceImpl.FileBasedUserInfoStore, UserInfo.
 */
export class UsersFile {
  readonly path: string;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #users: ReadonlyMap<string, FileUser> = new Map();
  #seen = '';
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(path: string, { disk, clock, logger }: { disk: Disk; clock: Clock; logger: Logger }) {
    this.path = path;
    this.#disk = disk;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** By name, as the file is now. */
  users(): ReadonlyMap<string, FileUser> {
    const now = this.#clock.monotonicMs();
    if (now - this.#lookedAtMs < LOOK_MS) return this.#users;
    this.#lookedAtMs = now;
    const stat = this.#disk.stat(this.path);
    const seen = stat === undefined ? '' : `${stat.modifiedMs} ${stat.sizeBytes}`;
    if (seen !== this.#seen) this.#load(seen);
    return this.#users;
  }

  /** Makes the file with one user, and returns the password; undefined where there is a file. */
  async createFirst(random: Random): Promise<{ readonly name: string; readonly password: string } | undefined> {
    if (this.#disk.stat(this.path) !== undefined) return undefined;
    const password = random.bytes(15).toString('base64url');
    const stored = await hashPassword(password, random);
    const text = `# name=password[,role]: role 1 may change everything, 0 what role-permission.yml says. Read again when it changes.
# A hash for a password: sh bin/mqdashboard --hash-password
${FIRST_USER}=${stored},1
`;
    this.#disk.makeDirectory(this.path.slice(0, Math.max(1, this.path.lastIndexOf('/'))));
    replaceFile(this.#disk, this.path, Buffer.from(text));
    this.#lookedAtMs = Number.NEGATIVE_INFINITY;
    return { name: FIRST_USER, password };
  }

  #load(seen: string): void {
    this.#seen = seen;
    try {
      const content = seen === '' ? undefined : this.#disk.readFile(this.path);
      if (content !== undefined && content.length > MAX_FILE_BYTES)
        throw new RangeError(`it has ${content.length} bytes`);
      this.#users = parseUsers(content?.toString() ?? '');
    } catch (error) {
      this.#logger.warn('The file of users can not be read: those that were known stay', { path: this.path, error });
      return;
    }
    const plain = [...this.#users.values()].filter(({ stored }) => !isHash(stored)).map(({ name }) => name);
    this.#logger.info('Users were read', { path: this.path, users: this.#users.size });
    if (plain.length > 0) {
      this.#logger.warn(
        'Passwords are readable in the file of users; sh bin/mqdashboard --hash-password makes a hash',
        {
          path: this.path,
          users: plain.slice(0, 20).join(', '),
        },
      );
    }
  }
}

/** Lines that have no name or no password are left out: a user without one could not log in. */
export function parseUsers(text: string): Map<string, FileUser> {
  const users = new Map<string, FileUser>();
  for (const line of text.split(/\r?\n/)) {
    const found = /^\s*([^#!=:\s][^=:\s]*)\s*[=:]\s*(.*?)\s*$/.exec(line);
    if (found === null) continue;
    const [, name = '', value = ''] = found;
    const [, stored = '', role = ''] = /^(.*?)(?:,\s*(\d+)\s*)?$/.exec(value)!;
    if (stored !== '') users.set(name, { name, stored, role: role === '1' ? 'super' : 'normal' });
  }
  return users;
}
