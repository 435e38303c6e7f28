import type { FastifyRequest } from 'fastify';
import type { Access } from '../api/index.ts';

/** Who makes a request. */
export interface User {
  /** Undefined: nobody is logged in. */
  readonly name: string | undefined;
  readonly mayWrite: boolean;
}

/** Decides who a request is from and whether it may be made. */
export interface Gate {
  /** Throws a `ConsoleError` (such as `FORBIDDEN`) when the request may not be made. */
  admit(request: FastifyRequest, access: Access): User | Promise<User>;
}
