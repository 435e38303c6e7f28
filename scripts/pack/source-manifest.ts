import { copyFileSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './compile.ts';
import { publishedManifest } from './manifest.ts';

/**
 * The manifest of packages/client leads to the sources, as the checkout needs it. npm packs a folder with the manifest that
 * is in it, so it is exchanged while npm packs.
 */
const manifest = join(root, 'packages', 'client', 'package.json');
const kept = join(root, 'node_modules', '.cache', 'client-manifest.json');

/** Exchanges the manifest for the published one. */
export function publishFromSource(): void {
  copyFileSync(manifest, kept);
  writeFileSync(manifest, `${JSON.stringify(publishedManifest('./dist'), null, 2)}\n`);
}

/** Puts the sources' manifest back. Nothing happens when it is there. */
export function restoreSource(): void {
  if (existsSync(kept)) renameSync(kept, manifest);
}
