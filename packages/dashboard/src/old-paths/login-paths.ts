import { CSRF_HEADER_NAME } from '../session/csrf.ts';
import type { SessionGate } from '../session/session-gate.ts';
import type { OldEndpoint } from './endpoint.ts';

/** `/login/…` and the token against forged requests. Source: LoginController, CsrfTokenController. */
export function loginPaths(gate: SessionGate, contextPath: string): readonly OldEndpoint[] {
  return [
    {
      method: 'GET',
      path: '/login/check.query',
      access: 'open',
      run({ request, reply }) {
        const { loginRequired, userName } = gate.facts(request, reply);
        return { loginRequired, logined: userName !== undefined };
      },
    },
    {
      method: 'POST',
      path: '/login/login.do',
      access: 'open',
      async run({ request, reply, values }) {
        const { userName, role } = await gate.logIn(request, reply, values.text('username'), values.text('password'));
        // As in a user's record of the pages: 1 is super, 2 is normal.
        return { loginUserName: userName, loginUserRole: role === 'super' ? 1 : 2, contextPath };
      },
    },
    {
      method: 'POST',
      path: '/login/logout.do',
      access: 'open',
      run({ request, reply }) {
        gate.logOut(request, reply);
        return contextPath;
      },
    },
    {
      method: 'GET',
      path: '/rocketmq-dashboard/csrf-token',
      access: 'open',
      run: ({ request, reply }) => ({
        ...{ token: gate.facts(request, reply).csrfToken, parameterName: '_csrf', headerName: CSRF_HEADER_NAME },
      }),
    },
  ];
}
