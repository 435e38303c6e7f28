import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk } from '@rocketmq-ts/kernel';
import { describeDiskContract, simulatedPlatform } from '@rocketmq-ts/testkit';

describeDiskContract('the real disk', () => {
  const directory = mkdtempSync(join(tmpdir(), 'disk-contract-'));
  return { disk: nodeDisk, directory, end: () => rmSync(directory, { recursive: true }) };
});

describeDiskContract('the simulated disk', () => {
  const { disk } = simulatedPlatform(1);
  disk.makeDirectory('/data');
  return { disk, directory: '/data' };
});
