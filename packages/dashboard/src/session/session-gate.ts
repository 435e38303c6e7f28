import type { Clock, Logger, Random } from '@rocketmq-ts/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Access, NOT_SIGNED_IN, type SessionFacts } from '../api/index.ts';
import { audit } from '../audit/record.ts';
import { ConsoleError } from '../errors.ts';
import type { Gate, User } from '../http/gate.ts';
import type { Accounts } from './accounts.ts';
import { cookieHeader, readCookies } from './cookies.ts';
import { CSRF_COOKIE, CSRF_HEADER, CsrfTokens, isFromBrowser, isSameOrigin } from './csrf.ts';
import { LoginLimits } from './login-limits.ts';
import { oldEquivalent } from './old-equivalent.ts';
import type { RolePermission } from './role-permission.ts';
import { type Session, Sessions } from './sessions.ts';
import { type Visitor, visitorOf } from './visitor.ts';
import { allowedWrites } from './write-routes.ts';

/** What a `SessionGate` works with. */
export interface SessionGateOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly accounts: Accounts;
  readonly permission: Pick<RolePermission, 'allows'>;
  readonly loginRequired: boolean;
  readonly idleMs: number;
  /** Base path of the console; ends with a slash. */
  readonly basePath: string;
  /** Names of this console, in lower case. */
  readonly ownNames: ReadonlySet<string>;
}

/** A request as the gate sees it. */
interface Standing {
  readonly visitor: Visitor;
  readonly session: Session | undefined;
}

/** Name of the cookie with a session's id. */
export const SESSION_COOKIE = 'rocketmq-console';
const UNKNOWN_HOST =
  'this name is not one of the console, so a login is needed: another site could have made it lead here. Names are added with rocketmq.config.allowedHosts';

/**
 * Who may do what: a user what the role allows; without a login everything is shown, and on this machine changed too, unless a login is
 * required. What changes something must come from a page of this console, or from no browser at all.
 */
export class SessionGate implements Gate {
  readonly #options: SessionGateOptions;
  readonly #sessions: Sessions;
  readonly #tokens: CsrfTokens;
  readonly #limits: LoginLimits;

  constructor(options: SessionGateOptions) {
    this.#options = options;
    this.#sessions = new Sessions(options);
    this.#tokens = new CsrfTokens(options.random);
    this.#limits = new LoginLimits(options.clock);
  }

  /** `path`: the end-point of Apache's dashboard that does the same as the request. Default: that of the route. */
  admit(request: FastifyRequest, access: Access, path?: string): User {
    const standing = this.#standing(request);
    const pattern = request.routeOptions.url ?? '';
    if (access === 'open') {
      if (changesSomething(request)) this.#refuseForgery(request, standing, pattern.startsWith('/api/'));
      return this.#user(standing);
    }
    const { session, visitor } = standing;
    const refusal = this.#refusal(standing, access, path ?? oldEquivalent(pattern, access));
    // What strangers try would only fill the audit log; what users are refused belongs there.
    if (access === 'write' && (refusal === undefined || session !== undefined))
      audit(request, { userName: session?.name, address: visitor.address });
    if (refusal !== undefined) throw refusal;
    if (access === 'write') this.#refuseForgery(request, standing, pattern.startsWith('/api/'));
    return this.#user(standing);
  }

  /** Who is there; makes the cookie with the token for changes. */
  facts(request: FastifyRequest, reply: FastifyReply): SessionFacts {
    return this.#factsOf(request, reply, this.#standing(request));
  }

  /** Throws NOT_LOGGED_IN for a wrong name or password, TOO_MANY_ATTEMPTS. */
  async logIn(request: FastifyRequest, reply: FastifyReply, name: string, password: string): Promise<SessionFacts> {
    const { accounts, logger } = this.#options;
    const before = this.#standing(request);
    const { address } = before.visitor;
    const waitMs = this.#limits.waitMs(address, name);
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      reply.header('retry-after', String(seconds));
      throw new ConsoleError('TOO_MANY_ATTEMPTS', `too many wrong passwords: try again in ${seconds} s`);
    }
    const account = await this.#limits.during(() => accounts.check(name, password));
    if (account === undefined) {
      this.#limits.failed(address, name);
      logger.warn('A login failed', { user: name.slice(0, 128), address });
      throw new ConsoleError('NOT_LOGGED_IN', 'the user name or the password is wrong');
    }
    this.#limits.succeeded(address, name);
    if (before.session !== undefined) this.#sessions.end(before.session.id);
    const session = this.#sessions.begin(account);
    this.#setCookie(request, reply, SESSION_COOKIE, session.id);
    logger.info('Logged in', { user: name, role: session.role, address });
    return this.#factsOf(request, reply, { visitor: before.visitor, session });
  }

  logOut(request: FastifyRequest, reply: FastifyReply): SessionFacts {
    const { visitor, session } = this.#standing(request);
    if (session !== undefined) {
      this.#sessions.end(session.id);
      this.#options.logger.info('Logged out', { user: session.name, address: visitor.address });
    }
    this.#setCookie(request, reply, SESSION_COOKIE, '');
    return this.#factsOf(request, reply, { visitor, session: undefined });
  }

  #standing(request: FastifyRequest): Standing {
    const { accounts, ownNames } = this.#options;
    const visitor = visitorOf(request, ownNames);
    const id = readCookies(request.headers.cookie).get(SESSION_COOKIE);
    const session = id === undefined ? undefined : this.#sessions.use(id);
    if (session === undefined) return { visitor, session };
    const role = accounts.roleOf(session);
    if (role === undefined) {
      this.#sessions.end(session.id);
      return { visitor, session: undefined };
    }
    session.role = role;
    return { visitor, session };
  }

  #user(standing: Standing): User {
    return { name: standing.session?.name, mayWrite: this.#whyReadOnly(standing) === undefined };
  }

  #refusal({ visitor, session }: Standing, access: Access, path: string): ConsoleError | undefined {
    const { loginRequired, permission } = this.#options;
    if (session !== undefined) {
      if (session.role === 'super' || permission.allows(path)) return undefined;
      return new ConsoleError(
        'FORBIDDEN',
        `no permission: ${session.name} is a normal user, and role-permission.yml does not allow ${path}`,
      );
    }
    if (loginRequired) return new ConsoleError('NOT_LOGGED_IN', NOT_SIGNED_IN);
    if (!visitor.hostIsKnown) return new ConsoleError('NOT_LOGGED_IN', UNKNOWN_HOST);
    if (access === 'read' || visitor.isLocal) return undefined;
    return new ConsoleError(
      'NOT_LOGGED_IN',
      'read-only without a login, except on the machine of the console at localhost',
    );
  }

  #whyReadOnly({ visitor, session }: Standing): SessionFacts['reason'] {
    if (session !== undefined) return session.role === 'super' ? undefined : 'role';
    if (this.#options.loginRequired) return 'login';
    if (!visitor.hostIsKnown) return 'host';
    return visitor.isLocal ? undefined : 'remote';
  }

  /** A page of another site, or of an old one of this console, sends no valid token. `isStrict`: nothing but our pages calls this. */
  #refuseForgery(request: FastifyRequest, { visitor, session }: Standing, isStrict: boolean): void {
    if (!isSameOrigin(request)) throw new ConsoleError('CSRF_REFUSED', 'the request is from a page of another site');
    const token = request.headers[CSRF_HEADER];
    if (typeof token === 'string' && this.#tokens.holds(token, holderOf(session, visitor))) return;
    if (!isFromBrowser(request) && (!isStrict || session === undefined)) return;
    throw new ConsoleError(
      'CSRF_REFUSED',
      token === undefined
        ? 'the header X-XSRF-TOKEN is missing: its value is in the cookie XSRF-TOKEN, which GET /rocketmq-dashboard/csrf-token sets'
        : 'the value of the header X-XSRF-TOKEN is not valid (any more): load the page again',
    );
  }

  #factsOf(request: FastifyRequest, reply: FastifyReply, standing: Standing): SessionFacts {
    const { accounts, loginRequired, permission } = this.#options;
    const { session, visitor } = standing;
    const reason = this.#whyReadOnly(standing);
    const csrfToken = this.#tokens.issue(holderOf(session, visitor));
    this.#setCookie(request, reply, CSRF_COOKIE, csrfToken, true);
    return {
      userName: session?.name,
      role: session?.role,
      loginRequired,
      canLogIn: accounts.any(),
      mayWrite: reason === undefined,
      writes: reason === 'role' ? allowedWrites((path) => permission.allows(path)) : [],
      reason,
      csrfToken,
    };
  }

  #setCookie(request: FastifyRequest, reply: FastifyReply, name: string, value: string, isReadable = false): void {
    const { basePath } = this.#options;
    const path = basePath === '/' ? '/' : basePath.slice(0, -1);
    reply.header('set-cookie', cookieHeader({ name, value, path, isSecure: request.protocol === 'https', isReadable }));
  }
}

function holderOf(session: Session | undefined, visitor: Visitor): string {
  return session === undefined ? `address ${visitor.address}` : `session ${session.id}`;
}

function changesSomething(request: FastifyRequest): boolean {
  return request.method !== 'GET' && request.method !== 'HEAD';
}
