import { Fragment, lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { useSession } from './session.tsx';

const LoginPage = lazy(() => import('./login-page.tsx'));
const LoginDialog = lazy(() => import('./login-dialog.tsx'));

/**
 * Shows what is inside, or the login where nothing else may be shown. A session that ends by itself leaves the page below a login
 * that covers it, so that a form keeps what was typed; signing out, and another user, take the page away.
 */
export function SessionWall({ children }: { readonly children: ReactNode }) {
  const session = useSession();
  const [user, setUser] = useState<{ readonly name?: string; readonly count: number }>({ count: 0 });
  const userName = session?.userName;
  const isSignedOut = session?.isSignedOut === true;
  useEffect(() => {
    if (userName !== undefined)
      setUser(({ name, count }) => ({
        name: userName,
        count: name === undefined || name === userName ? count : count + 1,
      }));
    else if (isSignedOut) setUser(({ count }) => ({ count }));
  }, [userName, isSignedOut]);
  const isShut = session !== undefined && (session.reason === 'login' || session.reason === 'host');
  const isCovered = isShut && user.name !== undefined && !isSignedOut && session.canLogIn;
  if (isShut && !isCovered)
    return (
      <Suspense fallback={null}>
        <LoginPage facts={session} />
      </Suspense>
    );
  return (
    <>
      <Fragment key={user.count}>{children}</Fragment>
      {isCovered && (
        <Suspense fallback={null}>
          <LoginDialog endedFor={user.name} />
        </Suspense>
      )}
    </>
  );
}
