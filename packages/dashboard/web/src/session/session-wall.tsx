import { lazy, type ReactNode, Suspense } from 'react';
import { useSession } from './session.tsx';

const LoginPage = lazy(() => import('./login-page.tsx'));

/** Shows what is inside, or the login where nothing else may be shown. */
export function SessionWall({ children }: { readonly children: ReactNode }) {
  const session = useSession();
  const isShut = session !== undefined && (session.reason === 'login' || session.reason === 'host');
  if (!isShut) return children;
  return (
    <Suspense fallback={null}>
      <LoginPage facts={session} />
    </Suspense>
  );
}
