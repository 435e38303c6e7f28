import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import classes from './page-tabs.module.css';

/** A part of a page with an address of its own. */
export interface PageTab {
  readonly name: string;
  readonly title: string;
  readonly path: string;
}

/** The parts of a page: links, so that each can be opened beside the others or sent to somebody, and the back button works. */
export function PageTabs(props: { readonly label: string; readonly tabs: readonly PageTab[]; readonly here: string }) {
  const { label, tabs, here } = props;
  const row = useRef<HTMLElement>(null);
  // On a phone the row is wider than the screen: the part that is shown must be in sight, without the page being moved.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new part is another one to bring into sight
  useEffect(() => {
    const tab = row.current?.querySelector<HTMLElement>('[aria-current]');
    if (row.current != null && tab != null)
      row.current.scrollLeft =
        tab.offsetLeft - row.current.offsetLeft - (row.current.clientWidth - tab.offsetWidth) / 2;
  }, [here]);
  return (
    <nav ref={row} aria-label={label} className={classes.row}>
      {tabs.map(({ name, title, path }) => (
        <Link key={name} href={path} className={classes.item} aria-current={name === here ? 'page' : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
