import { Tabs } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';

/** A part of a page with an address of its own. */
export interface PageTab {
  readonly name: string;
  readonly title: string;
  readonly path: string;
}

/** The parts of a page; each is an address, so that it can be sent to others and the back button works. */
export function PageTabs(props: { readonly label: string; readonly tabs: readonly PageTab[]; readonly here: string }) {
  const { label, tabs, here } = props;
  const [, navigate] = useLocation();
  const list = useRef<HTMLDivElement>(null);
  // On a phone the list is wider than the screen: the tab that is shown must be in sight, without the page being moved.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new tab is another one to bring into sight
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (list.current != null && tab != null)
      list.current.scrollLeft = tab.offsetLeft - (list.current.clientWidth - tab.offsetWidth) / 2;
  }, [here]);
  return (
    <Tabs
      value={here}
      onChange={(name) => {
        const tab = tabs.find((each) => each.name === name);
        if (tab !== undefined) navigate(tab.path);
      }}
      mb="md"
      activateTabWithKeyboard={false}
    >
      <Tabs.List ref={list} aria-label={label} style={{ overflowX: 'auto', overflowY: 'hidden', flexWrap: 'nowrap' }}>
        {tabs.map(({ name, title }) => (
          <Tabs.Tab key={name} value={name} style={{ whiteSpace: 'nowrap' }}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}
