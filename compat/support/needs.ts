import { spawnSync } from 'node:child_process';
import { javaAvailable } from '@rocketmq-ts/testkit/java';

/** False when the test can run, else one line with the reason. In CI nothing may be missing, so there it throws. */
export function unlessJava(): string | false {
  const java = javaAvailable();
  return java.available ? false : missing(`interop with Apache RocketMQ skipped: ${java.reason}`);
}

/** The same for the Go client, which needs Go to be built. */
export function unlessGo(): string | false {
  return spawnSync('go', ['version']).error === undefined
    ? false
    : missing('interop with the Go client skipped: no go on the PATH');
}

/** The same for Prometheus' own checker. */
export function unlessPromtool(): string | false {
  return spawnSync('promtool', ['--version']).error === undefined
    ? false
    : missing('the check by Prometheus skipped: no promtool on the PATH (Debian package prometheus)');
}

/** The same for Prometheus itself. */
export function unlessPrometheus(): string | false {
  return spawnSync('prometheus', ['--version']).error === undefined
    ? false
    : missing('the board was not tried: no prometheus on the PATH (Debian package prometheus)');
}

function missing(reason: string): string {
  if (process.env.CI === 'true') throw new Error(`${reason}; in CI it must run`);
  return reason;
}
