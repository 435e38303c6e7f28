import { Component, type ReactNode } from 'react';
import { useText } from '../shell/language.ts';
import { ErrorBox } from './error-box.tsx';
import { text } from './text.ts';

interface State {
  readonly error: Error | undefined;
}

/** Keeps a page that throws from taking the navigation with it. */
export class PageGuard extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return <Crashed error={this.state.error} />;
  }
}

function Crashed({ error }: { readonly error: Error }) {
  const t = useText(text);
  return (
    <ErrorBox
      title={t.crashed}
      error={new Error(`${t.crashedText} (${error.message})`)}
      retry={() => location.reload()}
    />
  );
}
