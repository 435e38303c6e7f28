import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runDiskFaults } from '@rocketmq-ts/testkit/torture';

/**
 * `npm run faults`: our broker on a real tmpfs that others fill, lock and remount read-only; checks what producers and
 * consumers get as answers, and that nothing acknowledged is lost. Needs root on Linux. Ends with `N passed, N failed`; where no
 * file system can be mounted that is a failure, since nothing was checked.
 */
const folder = mkdtempSync(join(tmpdir(), 'rocketmq-ts-faults-'));
let passed = 0;
let failed = 0;
try {
  await runDiskFaults({
    folder,
    passed: (name) => {
      passed += 1;
      console.log(`ok ${name}`);
    },
    failed: (name, error) => {
      failed += 1;
      console.log(`FAILED ${name}: ${error instanceof Error ? error.message : String(error)}; see ${folder}`);
    },
  });
} catch (error) {
  failed += 1;
  console.log(`FAILED: the faults could not be made (a tmpfs must be mounted, which takes root): ${String(error)}`);
}
if (failed === 0) rmSync(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
