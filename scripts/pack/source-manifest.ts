import { copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './compile.ts';
import { publishedManifest } from './manifest.ts';
import type { PublishedRoom } from './packages.ts';

/**
 * The manifest of a room leads to the sources, as the checkout needs it. npm packs a folder with the manifest that
 * is in it, so it is exchanged while npm packs.
 */
function places(room: string): { readonly manifest: string; readonly kept: string } {
  return {
    manifest: join(root, 'packages', room, 'package.json'),
    kept: join(root, 'node_modules', '.cache', `${room}-manifest.json`),
  };
}

/** Exchanges the manifest for the published one. */
export function publishFromSource(published: PublishedRoom): void {
  const { manifest, kept } = places(published.room);
  const exchanged = publishedManifest(published, './dist');
  mkdirSync(join(kept, '..'), { recursive: true });
  copyFileSync(manifest, kept);
  writeFileSync(manifest, `${JSON.stringify(exchanged, null, 2)}\n`);
}

/** Puts the sources' manifest back. Nothing happens when it is there. */
export function restoreSource({ room }: PublishedRoom): void {
  const { manifest, kept } = places(room);
  if (existsSync(kept)) renameSync(kept, manifest);
}
