import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './compile.ts';

/** A room that is published, with the rooms below it inside. */
export interface PublishedRoom {
  readonly room: string;
  /** The oldest Node.js that it runs on. */
  readonly engines: string;
  readonly keywords: readonly string[];
  /** Published rooms that it asks for in place of having them inside, so that their classes are there once. */
  readonly neighbours: readonly string[];
  /** Commands, by name: a file beside the code. */
  readonly commands?: Readonly<Record<string, string>>;
  /** Types of Node.js that its signatures name are installed with it. */
  readonly bringsNodeTypes?: boolean;
}

const KEYWORDS = ['rocketmq', 'apache-rocketmq', 'message-queue', 'messaging'];

/** All that is published, each after those that it asks for. */
export const PUBLISHED: readonly PublishedRoom[] = [
  {
    room: 'client',
    engines: '>=20',
    keywords: [...KEYWORDS, 'producer', 'consumer', 'client'],
    neighbours: [],
    bringsNodeTypes: true,
  },
  { room: 'admin', engines: '>=20', keywords: [...KEYWORDS, 'admin'], neighbours: ['client'] },
  {
    room: 'sender',
    // For node:sqlite, and for libraries that are ES modules alone.
    engines: '>=22.13',
    keywords: [...KEYWORDS, 'outbox', 'transactional-outbox', 'idempotent'],
    neighbours: ['client'],
    commands: { mqsender: 'mqsender.js' },
  },
];

/** What is read of a room's manifest. */
export interface RoomManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, unknown>>;
}

/** The manifest in the checkout. */
export function roomManifest(room: string): RoomManifest {
  return JSON.parse(readFileSync(join(root, 'packages', room, 'package.json'), 'utf8')) as RoomManifest;
}

export function distOf(room: string): string {
  return join(root, 'packages', room, 'dist');
}

/** What an installed package finds beside itself: by name, with the versions that it takes. */
export function publishedDependencies({ room, neighbours }: PublishedRoom): Readonly<Record<string, string>> {
  const all = Object.entries(roomManifest(room).dependencies ?? {});
  return Object.fromEntries(
    all.filter(
      ([name]) => !name.startsWith('@rocketmq-ts/') || neighbours.includes(name.slice('@rocketmq-ts/'.length)),
    ),
  );
}

/** Whether an import stays an import: of Node.js, or of what is installed beside the package. */
export function isOutside(published: PublishedRoom, id: string): boolean {
  const beside = [
    ...Object.keys(publishedDependencies(published)),
    ...Object.keys(roomManifest(published.room).peerDependencies ?? {}),
  ];
  return id.startsWith('node:') || beside.some((name) => id === name || id.startsWith(`${name}/`));
}
