import { join, resolve } from 'node:path';

/** What is known of a built program. */
export interface BuiltProgram {
  /** The checkout for which it was built: paths of it are in the code. */
  readonly root: string;
  /** Path of the code below the folder of all. */
  readonly file: string;
  /** All files that the code was made from, as they were: path below the root, and when they were changed. */
  readonly inputs: readonly (readonly [path: string, bytes: number, changedMs: number])[];
}

/** Where the programs of a checkout are put together. */
export interface BuiltPrograms {
  readonly root: string;
  readonly folder: string;
}

/** This file lies at packages/launcher/src/built. */
const ROOT = resolve(import.meta.dirname, '../../../..');

/** Those of this checkout: beside its installed packages, with which they go. */
export const builtPrograms: BuiltPrograms = { root: ROOT, folder: join(ROOT, 'node_modules/.cache/programs') };

/** What is built; the other programs load code of their users, or hardly any. */
export const PROGRAMS = [
  ...['mqnamesrv', 'mqbroker', 'broker-worker', 'mqcontroller', 'mqstart', 'mqshutdown'],
  ...['mqadmin', 'mqstore', 'mqdashboard'],
] as const;

/** Where a program's `BuiltProgram` is, as JSON. */
export const manifestFile = ({ folder }: BuiltPrograms, name: string): string => join(folder, `${name}.json`);
