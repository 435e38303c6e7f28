import { runCli } from './run.ts';

/** Lines of standard input as they come. */
async function* linesOf(input: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of input) {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
});
// A reader that ends before us must not end the cluster.
process.stdout.on('error', () => {});

const running = runCli(process.argv.slice(2), {
  processId: process.pid,
  lines: linesOf(process.stdin),
  interrupted,
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
});
// No await at the top: the published command is a CommonJS file.
void running.then((code) => {
  // An open standard input would hold the process.
  process.stdin.destroy();
  process.exitCode = code;
});
