import { type Route, writeName } from '../../../src/api/index.ts';
import { useSession } from '../session/session.tsx';

/** False for those who may not make this change, and until that is known: it is not offered to them. */
export function useMayWrite(change: Route): boolean {
  const session = useSession();
  return session !== undefined && (session.mayWrite || session.writes.includes(writeName(change)));
}
