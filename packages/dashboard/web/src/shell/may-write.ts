import { useSession } from '../session/session.tsx';

/** False for those who may only look, and until it is known: what changes something is not offered to them. */
export function useMayWrite(): boolean {
  return useSession()?.mayWrite ?? false;
}
