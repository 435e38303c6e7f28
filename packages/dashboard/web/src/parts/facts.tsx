import type { ReactNode } from 'react';
import classes from './parts.module.css';

/** Names with values in two columns; values that are undefined are left out. */
export function Facts({ rows }: { readonly rows: readonly (readonly [name: string, value: ReactNode | undefined])[] }) {
  return (
    <dl className={classes.facts}>
      {rows.map(([name, value]) =>
        value === undefined ? null : (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ),
      )}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
