import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The Maven project of ours that names Apache's artifacts and holds our own Java test programs. */
export const compatDirectory: string = fileURLToPath(new URL('../../../../compat', import.meta.url));

/** Whether Apache's programs can run on this machine; when not, `reason` is one line fit for a test's skip message. */
type JavaAvailability = { readonly available: true } | { readonly available: false; readonly reason: string };

let availability: JavaAvailability | undefined;

/** Looks once for a JDK of at least 17 and for Maven on the PATH. Nothing is downloaded. */
export function javaAvailable(): JavaAvailability {
  availability ??= lookForJava();
  return availability;
}

function lookForJava(): JavaAvailability {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  if (java.error) return { available: false, reason: 'no java on the PATH' };
  const version = /version "(\d+)/.exec(java.stderr)?.[1];
  if (version === undefined || Number(version) < 17) {
    return { available: false, reason: `Java 17 or newer is needed, found ${version ?? 'an unknown version'}` };
  }
  if (spawnSync('javac', ['-version']).error)
    return { available: false, reason: 'no javac on the PATH (a JDK is needed)' };
  if (spawnSync('mvn', ['-v']).error) return { available: false, reason: 'no mvn (Maven) on the PATH' };
  return { available: true };
}

/** One line such as `openjdk version "17.0.15" 2025-04-15`, for reports; empty where there is no Java. */
export function javaVersion(): string {
  return spawnSync('java', ['-version'], { encoding: 'utf8' }).stderr?.split('\n')[0] ?? '';
}

let classPath: Promise<string> | undefined;

/**
 * Class path of Apache's 5.4.0 programs and of the programs under compat/src/main/java, for `java -cp`.
 * Maven runs only where the pom or a Java source changed since the last build in compat/target, in whatever process:
 * about a minute with an empty local repository, five seconds later on, nothing when up to date.
 * Rejects with Maven's last lines where resolving or compiling fails.
 */
export function javaClassPath(): Promise<string> {
  classPath ??= buildClassPath();
  return classPath;
}

async function buildClassPath(): Promise<string> {
  const target = join(compatDirectory, 'target');
  const stamp = join(target, 'class-path.stamp');
  const wanted = fingerprint();
  const upToDate = (): boolean => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (!upToDate()) {
    mkdirSync(target, { recursive: true });
    await holding(join(target, 'class-path.lock'), async () => {
      if (upToDate()) return;
      // Classes and jars of an earlier pom must not stay on the path.
      rmSync(join(target, 'classes'), { recursive: true, force: true });
      rmSync(join(target, 'lib'), { recursive: true, force: true });
      await runMaven();
      writeFileSync(stamp, wanted);
    });
  }
  // Our classes first; the star is Java's own and takes every jar of the folder.
  return `${join(target, 'classes')}:${join(target, 'lib')}/*`;
}

function fingerprint(): string {
  const hash = createHash('sha256');
  const take = (path: string): void => {
    hash.update(`${path}\n`).update(readFileSync(path));
  };
  take(join(compatDirectory, 'pom.xml'));
  const sources = join(compatDirectory, 'src', 'main');
  if (existsSync(sources)) {
    const names = readdirSync(sources, { recursive: true, encoding: 'utf8' }).sort();
    for (const name of names) if (statSync(join(sources, name)).isFile()) take(join(sources, name));
  }
  return hash.digest('hex');
}

async function runMaven(): Promise<void> {
  const child = spawn('mvn', ['-q', '-B', 'process-classes'], {
    cwd: compatDirectory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (piece: Buffer): void => {
    output += piece.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0)
    throw new Error(`mvn process-classes in ${compatDirectory} failed (${code}):\n${output.slice(-2000)}`);
}

/** Test files run as processes of their own: the folder is the lock between them, holding the owner's pid. */
async function holding(lock: string, work: () => Promise<void>): Promise<void> {
  const giveUpAt = Date.now() + 300_000;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (Date.now() > giveUpAt) throw new Error(`${lock} is held for five minutes; remove it if no build is running`);
      if (ownerHasEnded(lock)) rmSync(lock, { recursive: true, force: true });
      else await pause(100);
    }
  }
  try {
    writeFileSync(join(lock, 'pid'), String(process.pid));
    await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function ownerHasEnded(lock: string): boolean {
  try {
    const pid = Number(readFileSync(join(lock, 'pid'), 'utf8'));
    // Just created and not yet written, or removed meanwhile: not for us to break.
    return pid > 0 && !existsSync(`/proc/${pid}`) && existsSync('/proc/self');
  } catch {
    return false;
  }
}
