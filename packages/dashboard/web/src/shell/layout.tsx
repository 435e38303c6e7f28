import { Burger, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useEffect } from 'react';
import { Link, useLocation } from 'wouter';
import type { ClusterRow } from '../../../src/api/index.ts';
import { useSession } from '../session/session.tsx';
import { SessionMenu } from '../session/session-menu.tsx';
import { ClusterMenu, ClusterState } from './cluster-menu.tsx';
import { Icon } from './icon.tsx';
import { useText } from './language.ts';
import classes from './layout.module.css';
import { PAGES, type PageEntry } from './navigation.ts';
import { SettingsMenu } from './settings-menu.tsx';
import { text } from './text.ts';

const SECTIONS = ['watch', 'data', 'run'] as const;

/** Header, navigation and the page. */
export function Layout(props: {
  readonly clusters: readonly ClusterRow[];
  readonly cluster: ClusterRow | undefined;
  readonly children: ReactNode;
}) {
  const { clusters, cluster, children } = props;
  const t = useText(text);
  const [isOpen, { toggle, close }] = useDisclosure();
  const [location] = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the drawer closes when another page is chosen
  useEffect(() => {
    if (!isOpen) return;
    close();
    focusContent();
  }, [location]);
  const session = useSession();
  const pages = PAGES.filter(({ isFor, mayOpen }) => {
    if (cluster !== undefined && isFor?.(cluster) === false) return false;
    return mayOpen === undefined || (session !== undefined && mayOpen(session));
  });
  return (
    <div className={classes.shell}>
      {/* No link: with the base of the page its address would be that of another one. */}
      <button type="button" className={classes.skip} onClick={focusContent}>
        {t.skip}
      </button>
      <header className={classes.header}>
        <Group h="100%" px="md" gap="sm" wrap="nowrap">
          <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t.openNavigation} />
          <ClusterMenu clusters={clusters} cluster={cluster} />
          <div role="status">{cluster !== undefined && <ClusterState cluster={cluster} />}</div>
          <Group ml="auto" gap={4} wrap="nowrap" id="header-actions">
            <SessionMenu />
            <SettingsMenu />
          </Group>
        </Group>
      </header>
      <nav className={classes.navbar} data-open={isOpen || undefined} aria-label={t.navigation}>
        <Group className={classes.brand} px="md" gap={8} wrap="nowrap">
          <Logo />
          <Text fw={650} size="sm" lh={1.2}>
            {t.product}
          </Text>
          <Burger opened={isOpen} onClick={close} hiddenFrom="sm" size="sm" ml="auto" aria-label={t.closeNavigation} />
        </Group>
        <div className={classes.pages}>
          {SECTIONS.map((section) => (
            <Section
              key={section}
              title={t[section]}
              cluster={cluster}
              pages={pages.filter((each) => each.section === section)}
            />
          ))}
        </div>
      </nav>
      <main id="content" tabIndex={-1} className={classes.main}>
        {children}
      </main>
    </div>
  );
}

function focusContent(): void {
  document.getElementById('content')?.focus();
}

function Section(props: {
  readonly title: string;
  readonly cluster: ClusterRow | undefined;
  readonly pages: readonly PageEntry[];
}) {
  const { title, cluster, pages } = props;
  const t = useText(text);
  const [location] = useLocation();
  if (pages.length === 0 || cluster === undefined) return null;
  return (
    <div className={classes.section}>
      <Text size="xs" fw={600} c="dimmed" className={classes.sectionTitle}>
        {title}
      </Text>
      {pages.map(({ path, title, icon }) => {
        const href = `/c/${encodeURIComponent(cluster.id)}/${path}`;
        const isHere = location === href || location.startsWith(`${href}/`);
        return (
          <Link key={path} href={href} aria-current={isHere ? 'page' : undefined} className={classes.link}>
            <Icon name={icon} />
            {t[title] as string}
          </Link>
        );
      })}
    </div>
  );
}

function Logo() {
  return (
    <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="var(--mantine-color-sea-7)" />
      <path
        d="M8 23V9h9a5 5 0 0 1 1 9.900l5 4.100M8 16h9"
        fill="none"
        stroke="white"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
