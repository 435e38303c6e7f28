import type { SESSION_ROUTES } from '../api/index.ts';
import type { Handlers } from '../http/bind.ts';
import type { SessionGate } from './session-gate.ts';

/** Logging in and out. */
export function sessionHandlers(gate: SessionGate): Handlers<typeof SESSION_ROUTES> {
  return {
    session: ({ request, reply }) => gate.facts(request, reply),
    logIn: ({ request, reply, body }) => gate.logIn(request, reply, body.userName, body.password),
    logOut: ({ request, reply }) => gate.logOut(request, reply),
  };
}
