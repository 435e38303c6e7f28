import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '2.1.0';
const target = fileURLToPath(new URL('../../target/dashboard', import.meta.url));
const SOURCE = 'https://github.com/apache/rocketmq-dashboard.git';
const STEP_LIMIT_MS = 600_000;

/**
 * The jar of Apache's dashboard, its pages inside, in bench/target. It is built from its sources where it is not there, some minutes
 * with Git, npm and Maven: from a repository that `ROCKETMQ_DASHBOARD_SOURCE` names, else Apache's. Throws with the last lines of the
 * step that failed.
 */
export function apacheDashboardJar(): string {
  const jar = join(target, `rocketmq-dashboard-${VERSION}.jar`);
  if (existsSync(jar)) return jar;
  const source = join(target, 'source');
  rmSync(source, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const from = process.env.ROCKETMQ_DASHBOARD_SOURCE ?? SOURCE;
  const tag = `rocketmq-dashboard-${VERSION}`;
  step(target, 'git', ['clone', '--quiet', '--depth', '1', '--branch', tag, from, source]);
  const pages = join(source, 'frontend-new');
  // The lock file names a mirror for every package; the checksums in it hold for whatever registry is set up here.
  step(pages, 'npm', ['ci', '--replace-registry-host=always', '--legacy-peer-deps', '--ignore-scripts']);
  step(pages, 'npm', ['run', 'build'], { CI: 'false', GENERATE_SOURCEMAP: 'false' });
  // Without its own download of Node.js, which built the pages above.
  const without = ['-DskipTests', '-Dcheckstyle.skip', '-Drat.skip', '-Dskip.npm', '-Dskip.installnodenpm'];
  step(source, 'mvn', ['-q', '-B', 'package', ...without]);
  const built = readdirSync(join(source, 'target')).find((name) => /^rocketmq-dashboard-.*\.jar$/.test(name));
  if (built === undefined) throw new Error("Maven left no jar of Apache's dashboard");
  copyFileSync(join(source, 'target', built), jar);
  rmSync(source, { recursive: true, force: true });
  return jar;
}

function step(folder: string, command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', ...more };
  const run = spawnSync(command, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    timeout: STEP_LIMIT_MS,
    maxBuffer: 1 << 28,
  });
  if (run.status === 0) return;
  const why = run.error?.message ?? `${run.stdout}${run.stderr}`.trim().slice(-1500);
  throw new Error(`Apache's dashboard can't be built, ${command} ${args[0]} failed: ${why}`);
}
