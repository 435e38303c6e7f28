import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect } from 'react';
import { SESSION_ROUTES, type SessionFacts } from '../../../src/api/index.ts';
import { CallError, call, setWriteHeader } from '../call.ts';

/** `isSignedOut`: its user ended the session on this page. */
type Session = SessionFacts & { readonly isSignedOut?: boolean };

const Context = createContext<Session | undefined>(undefined);
const KEY = ['session'];
/** A token is good as long as the session; asked again so often, an ended session is noticed. */
const ASK_MS = 60_000;

/** Who is here; undefined until that is known. */
export function useSession(): Session | undefined {
  return useContext(Context);
}

/** Asks who is here, and keeps the header of all calls that change something up to date. */
export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const { data } = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }): Promise<Session> => withToken(await call(SESSION_ROUTES.session, {}, signal)),
    refetchInterval: ASK_MS,
  });
  useEffect(() => {
    // A session that ended shows in the first call that needs one.
    const look = (error: unknown): void => {
      if (error instanceof CallError && error.status === 401) void queries.invalidateQueries({ queryKey: KEY });
    };
    const stops = [
      queries.getQueryCache().subscribe(({ type, query }) => {
        if (type === 'updated' && query.queryKey[0] !== KEY[0]) look(query.state.error);
      }),
      queries.getMutationCache().subscribe(({ type, mutation }) => {
        if (type === 'updated') look(mutation?.state.error);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [queries]);
  return <Context value={data}>{children}</Context>;
}

/** Signing in and out; everything on the page is asked for again after it. */
export function useSessionChange(): {
  readonly logIn: (userName: string, password: string) => Promise<void>;
  readonly logOut: () => Promise<void>;
} {
  const queries = useQueryClient();
  const take = async (facts: Session): Promise<void> => {
    queries.setQueryData(KEY, withToken(facts));
    await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] });
  };
  return {
    logIn: async (userName, password) => take(await call(SESSION_ROUTES.logIn, { body: { userName, password } })),
    logOut: async () => take({ ...(await call(SESSION_ROUTES.logOut, {})), isSignedOut: true }),
  };
}

/** Set before anything is shown, so that no change can be tried without it. */
function withToken(facts: Session): Session {
  setWriteHeader('X-XSRF-TOKEN', facts.csrfToken);
  return facts;
}
