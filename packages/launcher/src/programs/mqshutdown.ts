import { homedir } from 'node:os';
import { join } from 'node:path';
import { nodePlatform, systemErrorCode } from '@rocketmq-ts/kernel';
import { RunFolder, runFolderPath } from '../run-folder.ts';
import { shutdown } from '../shutdown.ts';

process.exitCode = await shutdown(process.argv[2], {
  clock: nodePlatform.clock,
  runs: new RunFolder(nodePlatform.disk, runFolderPath(process.env.HOME || homedir())),
  mainFolder: join(import.meta.dirname, '../main'),
  print: (line) => console.log(line),
  terminate: (pid) => {
    try {
      process.kill(pid, 'SIGTERM');
    } catch (error) {
      // It ended by itself in between.
      if (systemErrorCode(error) !== 'ESRCH') throw error;
    }
  },
});
