import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Figures, Load } from './load.ts';

const program = fileURLToPath(new URL('test-kit.ts', import.meta.url));

/** How long a test waits for its servers. */
export const testKit: Load = {
  name: 'test-kit',
  title: 'The test kit, a name server and two brokers in the process of a test',
  targets: ['ours'],
  async run() {
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, program]);
    return JSON.parse(stdout) as Figures;
  },
};
