import { type ReactNode, useEffect, useRef, useState } from 'react';
import classes from './parts.module.css';

/** Scrolls what is wider than the page; then, and only then, it takes the focus, so that the keyboard can scroll it. */
export function Scroller({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const [isWider, setWider] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const measure = (): void => setWider(element.scrollWidth > element.clientWidth + 1);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);
  const focusable = isWider ? { tabIndex: 0, role: 'group', 'aria-label': label } : {};
  return (
    <div ref={place} className={classes.cardFlush} {...focusable}>
      {children}
    </div>
  );
}
