import { posix } from 'node:path';
import { findCircles } from './circles.ts';
import { blankNonCode, findImports, type ImportFound, lineOf } from './code-text.ts';
import {
  FLOORS,
  LONG_FILE_REASON,
  MAX_LINES,
  OUTSIDE_ALLOWED,
  OUTSIDE_MODULES,
  OUTSIDE_WORDS,
  ROOMS,
  ROOMS_WITHOUT_DEPENDENCIES,
} from './rooms.ts';

/** A package as the checker sees it; paths are relative to the repository. */
export interface RoomSource {
  readonly name: string;
  readonly packageJson: {
    readonly exports?: Readonly<Record<string, string>>;
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
  };
  /** Path to text, of all files below `src`. */
  readonly files: ReadonlyMap<string, string>;
}

interface CheckedFile {
  readonly room: RoomSource;
  readonly path: string;
  readonly source: string;
  readonly code: string;
  readonly imports: readonly ImportFound[];
}

const SCOPE = '@rocketmq-ts/';
const EXPORT = /^export (?:async )?(?:const|function\*?|class|interface|type) ([\w$]+)/gm;

/**
 * Everything that is untidy, one sentence each with file and line. `entryPaths` are files that are started from outside
 * (by bin/), besides the doors that the packages declare.
 */
export function findUntidiness(rooms: readonly RoomSource[], entryPaths: readonly string[]): string[] {
  const files: CheckedFile[] = [];
  for (const room of rooms) {
    for (const [path, source] of room.files) {
      const code = blankNonCode(source);
      files.push({ room, path, source, code, imports: findImports(source, code) });
    }
  }
  return [
    ...rooms.flatMap((room) => checkDoor(room, entryPaths)),
    ...files.flatMap((file) =>
      file.imports.flatMap(({ specifier, line }) => checkImport(rooms, file, specifier, line)),
    ),
    ...files.flatMap(checkOutsideWords),
    ...files.flatMap(checkAny),
    ...files.flatMap(checkLength),
    ...findCircles(new Map(files.map((file) => [file.path, relativeImports(file)]))),
    ...findDeadFiles(files, entryPaths),
  ];
}

/** A room that is only started, never imported, declares no exports and has no door. */
function checkDoor(room: RoomSource, entryPaths: readonly string[]): string[] {
  if (room.files.size === 0) return [];
  const door = `packages/${room.name}/src/index.ts`;
  const found: string[] = [];
  if (ROOMS[room.name] === undefined) found.push(`packages/${room.name}: not in the table of rooms`);
  if (room.packageJson.exports === undefined && entryPaths.some((path) => room.files.has(path))) return found;
  if (!room.files.has(door)) found.push(`packages/${room.name}: has no door ${door}`);
  for (const [name, target] of Object.entries(room.packageJson.exports ?? {})) {
    const path = posix.join(`packages/${room.name}`, target);
    if (!room.files.has(path)) found.push(`packages/${room.name}: the door ${name} leads to ${path}, which is missing`);
  }
  if (room.packageJson.exports?.['.'] !== './src/index.ts')
    found.push(`packages/${room.name}: its door is not src/index.ts`);
  return found;
}

/** Names that a door exports, and files that it passes on whole. */
export function namesAtDoor(door: string): string[] {
  const whole = [...door.matchAll(/export \* from '([^']+)'/g)].map(([, file]) => file!);
  const lists = [...door.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list]) => list!.split(','));
  return [...whole, ...lists.map((each) => each.trim().replace(/^type /, '')).filter((each) => each !== '')];
}

/** Imports of tests, benchmarks and scripts, which reach other rooms by their doors as sources do. Path to text. */
export function findDeepImports(rooms: readonly RoomSource[], files: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  for (const [path, source] of files) {
    const own = roomOf(path);
    for (const { specifier, line } of findImports(source, blankNonCode(source))) {
      const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier;
      const reached = specifier.startsWith('.') ? roomOf(target) : undefined;
      const [room = '', ...deeper] = specifier.startsWith(SCOPE) ? specifier.slice(SCOPE.length).split('/') : [];
      const exported = rooms.find(({ name }) => name === room)?.packageJson.exports;
      const isPastDoor = deeper.length > 0 && exported?.[['.', ...deeper].join('/')] === undefined;
      if (isPastDoor || (reached !== undefined && reached !== own))
        found.push(`${path}:${line}: reaches past the door of ${reached ?? room}`);
    }
  }
  return found;
}

/**
 * Exports of these rooms that no other file names: none of the room, and none that imports the room. Its doors do not count.
 * `files`: all sources, tests, benchmarks and scripts, path to text.
 */
export function findUnusedExports(rooms: readonly string[], files: ReadonlyMap<string, string>): string[] {
  return rooms.flatMap((room) => {
    const isDoor = new RegExp(`^packages/${room}/src/(.*/)?index\\.ts$`);
    const isSource = (path: string): boolean => path.startsWith(`packages/${room}/src/`) && !isDoor.test(path);
    const users = new Map<string, Set<string>>();
    for (const [path, source] of files) {
      if (isDoor.test(path) || (roomOf(path) !== room && !source.includes(`'${SCOPE}${room}`))) continue;
      users.set(path, new Set(source.match(/[A-Za-z_$][\w$]*/g)));
    }
    return [...files].flatMap(([path, source]) => {
      const exported = isSource(path) ? [...source.matchAll(EXPORT)].map(([, name]) => name!) : [];
      const isUsed = (name: string): boolean => [...users].some(([user, words]) => user !== path && words.has(name));
      return exported.flatMap((name) => (isUsed(name) ? [] : [`${path}: exports ${name}, which nothing else uses`]));
    });
  });
}

function roomOf(path: string): string | undefined {
  return path.match(/^packages\/([^/]+)\//)?.[1];
}

function checkImport(rooms: readonly RoomSource[], file: CheckedFile, specifier: string, line: number): string[] {
  const at = `${file.path}:${line}`;
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file.path), specifier);
    if (!target.startsWith(`packages/${file.room.name}/`)) return [`${at}: reaches into another room by ${specifier}`];
    return checkFloors(file.room.name, folderOf(file.path), folderOf(target), at);
  }
  if (specifier.startsWith('node:')) {
    if (!OUTSIDE_MODULES.includes(specifier) || isAllowed(file.path, specifier)) return [];
    return [`${at}: touches the system by ${specifier}`];
  }
  if (specifier.startsWith(SCOPE)) return checkRoomImport(rooms, file, specifier, at);
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (ROOMS_WITHOUT_DEPENDENCIES.includes(file.room.name))
    return [`${at}: ${file.room.name} may not depend on ${name}`];
  return isDeclared(file.room, name) ? [] : [`${at}: ${name} is not among the dependencies of its package.json`];
}

/** Where a room lists its folders, a folder imports only those that its row allows. */
function checkFloors(room: string, from: string | undefined, to: string | undefined, at: string): string[] {
  const floors = FLOORS[room];
  if (floors === undefined || from === undefined) return [];
  const below = floors[from];
  if (below === undefined) return [`${at}: the folder ${from} is not in the table of floors`];
  return to === undefined || to === from || below.includes(to) ? [] : [`${at}: ${from} may not import ${to}`];
}

/** First folder below `src`; undefined for a file beside the folders. */
function folderOf(path: string): string | undefined {
  return path.match(/^packages\/[^/]+\/src\/([^/]+)\//)?.[1];
}

function checkRoomImport(rooms: readonly RoomSource[], file: CheckedFile, specifier: string, at: string): string[] {
  const [target = '', ...deeper] = specifier.slice(SCOPE.length).split('/');
  const found: string[] = [];
  if (target === file.room.name) found.push(`${at}: imports its own room by its door`);
  else if (ROOMS[file.room.name]?.includes(target) !== true)
    found.push(`${at}: ${file.room.name} may not import ${target}`);
  else if (!isDeclared(file.room, SCOPE + target))
    found.push(`${at}: ${target} is not a dependency in its package.json`);
  const door = ['.', ...deeper].join('/');
  const exported = rooms.find((room) => room.name === target)?.packageJson.exports;
  if (deeper.length > 0 && exported?.[door] === undefined) found.push(`${at}: reaches past the door of ${target}`);
  return found;
}

function isDeclared({ packageJson }: RoomSource, name: string): boolean {
  const { dependencies, optionalDependencies, peerDependencies } = packageJson;
  return [dependencies, optionalDependencies, peerDependencies].some((declared) => declared?.[name] !== undefined);
}

function isAllowed(path: string, what: string): boolean {
  return OUTSIDE_ALLOWED.some(
    (each) =>
      (each.path.endsWith('/') ? path.startsWith(each.path) : path === each.path) &&
      (each.only?.includes(what) ?? true),
  );
}

function checkOutsideWords(file: CheckedFile): string[] {
  return OUTSIDE_WORDS.filter(({ name }) => !isAllowed(file.path, name)).flatMap(({ pattern, name }) =>
    [...file.code.matchAll(pattern)].map(
      (match) => `${file.path}:${lineOf(file.code, match.index)}: uses ${name} (${match[0]})`,
    ),
  );
}

/** The type, not a method or a field of that name. */
function checkAny(file: CheckedFile): string[] {
  return [...file.code.matchAll(/(?<![.\w$#])any\b(?!\s*[(:?])/g)].map(
    (match) => `${file.path}:${lineOf(file.code, match.index)}: uses any`,
  );
}

function checkLength(file: CheckedFile): string[] {
  const lines = file.source.trimEnd().split('\n').length;
  if (lines <= MAX_LINES || LONG_FILE_REASON.test(file.source)) return [];
  return [`${file.path}: has ${lines} lines and gives no reason`];
}

/** Paths of the files of its own room that a file names. */
function relativeImports({ path, imports }: CheckedFile): string[] {
  return imports.flatMap(({ specifier }) =>
    specifier.startsWith('.') ? [posix.join(posix.dirname(path), specifier)] : [],
  );
}

/** Files that no door and no entry leads to. */
function findDeadFiles(files: readonly CheckedFile[], entryPaths: readonly string[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const doors = files.flatMap(({ room }) =>
    Object.values(room.packageJson.exports ?? {}).map((target) => posix.join(`packages/${room.name}`, target)),
  );
  const reached = new Set<string>();
  const open = [...doors, ...entryPaths];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const file = byPath.get(path);
    if (file === undefined || reached.has(path)) continue;
    reached.add(path);
    open.push(...relativeImports(file));
  }
  return files.filter(({ path }) => !reached.has(path)).map(({ path }) => `${path}: nothing leads to this file`);
}
