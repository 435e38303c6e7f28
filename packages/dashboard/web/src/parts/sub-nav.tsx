import { Link } from 'wouter';
import classes from './sub-nav.module.css';

/** Views of one thing, each with an address of its own. */
export function SubNav(props: {
  readonly label: string;
  readonly items: readonly { readonly href: string; readonly title: string; readonly isHere: boolean }[];
}) {
  const { label, items } = props;
  return (
    <nav aria-label={label} className={classes.nav}>
      {items.map(({ href, title, isHere }) => (
        <Link key={href} href={href} className={classes.item} aria-current={isHere ? 'page' : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
