import type { Clock, Random } from '@rocketmq-ts/kernel';
import type { Role } from './users-file.ts';

/** Somebody who has logged in. */
export interface Session {
  readonly id: string;
  readonly name: string;
  role: Role;
  /** What the user's password was at the login: a change of it ends the session. Undefined where it is not known. */
  readonly stored: string | undefined;
  readonly beganMs: number;
  usedMs: number;
}

/** However busy it is, a session ends after so long. */
const MAX_AGE_MS = 24 * 3_600_000;
const MAX_SESSIONS = 1000;
const MAX_SESSIONS_OF_USER = 20;
const ID_BYTES = 32;

/** The sessions of this process; all end with it. Beyond the limits the one that was used longest ago gives way. */
export class Sessions {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #idleMs: number;
  /** Used last: at the end. */
  readonly #sessions = new Map<string, Session>();

  constructor({ clock, random, idleMs }: { clock: Clock; random: Random; idleMs: number }) {
    this.#clock = clock;
    this.#random = random;
    this.#idleMs = idleMs;
  }

  begin(user: { readonly name: string; readonly role: Role; readonly stored?: string | undefined }): Session {
    this.#makeRoom(user.name);
    const now = this.#clock.monotonicMs();
    const id = this.#random.bytes(ID_BYTES).toString('base64url');
    const session = { id, name: user.name, role: user.role, stored: user.stored, beganMs: now, usedMs: now };
    this.#sessions.set(id, session);
    return session;
  }

  /** The session, which counts as used now; undefined when it ended. */
  use(id: string): Session | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    const now = this.#clock.monotonicMs();
    this.#sessions.delete(id);
    if (now - session.usedMs > this.#idleMs || now - session.beganMs > MAX_AGE_MS) return undefined;
    session.usedMs = now;
    this.#sessions.set(id, session);
    return session;
  }

  end(id: string): void {
    this.#sessions.delete(id);
  }

  #makeRoom(name: string): void {
    const own = [...this.#sessions.values()].filter((session) => session.name === name);
    if (own.length >= MAX_SESSIONS_OF_USER) this.#sessions.delete(own[0]!.id);
    if (this.#sessions.size >= MAX_SESSIONS) this.#sessions.delete(this.#sessions.keys().next().value!);
  }
}
