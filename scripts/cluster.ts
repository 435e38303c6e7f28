import { readWords, USAGE, UsageError } from './cluster/options.ts';
import { runCluster } from './cluster/parent.ts';
import { sendCommand } from './cluster/remote.ts';

/** `npm run cluster -- <set>` starts a configuration set on this machine; `npm run cluster -- --kill broker-a` and its like act on it from another terminal. */
try {
  const words = readWords(process.argv.slice(2));
  if (words === undefined) console.log(USAGE);
  else process.exitCode = 'set' in words ? await runCluster(words) : await sendCommand(words);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
