import { text } from './field.ts';
import { answer, route, type WriteName } from './route.ts';

/** Who is in front of the browser, and what the console lets them do. */
export interface SessionFacts {
  /** Undefined: nobody is logged in. */
  readonly userName?: string | undefined;
  readonly role?: 'super' | 'normal' | undefined;
  /** Nothing is shown before a login. */
  readonly loginRequired: boolean;
  /** There is somebody who could log in. */
  readonly canLogIn: boolean;
  readonly mayWrite: boolean;
  /** The changes that are allowed all the same to someone who may not make all. */
  readonly writes: readonly WriteName[];
  /** Why nothing can be changed, or nothing is shown; undefined where neither is so. */
  readonly reason?: 'remote' | 'role' | 'host' | 'login' | undefined;
  /** For the header `X-XSRF-TOKEN` of everything that changes something; also in the cookie `XSRF-TOKEN`. */
  readonly csrfToken: string;
}

/** What is said where nothing is shown before a login, as Apache’s dashboard says it to scripts; pages have a sentence of their own. */
export const NOT_SIGNED_IN = 'user not login';

/** Log in and out. */
export const SESSION_ROUTES = {
  session: route('GET', '/session', { access: 'open', answer: answer<SessionFacts>() }),
  logIn: route('POST', '/session', {
    access: 'open',
    body: { userName: text({ max: 128 }), password: text({ max: 1024 }) },
    answer: answer<SessionFacts>(),
  }),
  logOut: route('DELETE', '/session', { access: 'open', answer: answer<SessionFacts>() }),
};
