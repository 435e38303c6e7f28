import { createConnection } from 'node:net';
import { type RemoteOptions, UsageError } from './options.ts';
import { type RunFile, runningClusters } from './run-file.ts';

/** What the parent answers to a command. */
export interface Answer {
  readonly code: number;
  readonly text: string;
}

/** Sends an action to the cluster that is meant, prints its answer, returns the exit code. */
export async function sendCommand(options: RemoteOptions): Promise<number> {
  const { code, text } = await ask(find(options.name), options);
  (code === 0 ? console.log : console.error)(text);
  return code;
}

function find(name: string | undefined): RunFile {
  const running = runningClusters();
  const names = running.map((run) => run.name).join(', ');
  if (running.length === 0) throw new UsageError('no cluster runs: start one with npm run cluster -- 2m-2s-sync');
  const found = name === undefined ? running : running.filter((run) => run.name === name);
  if (found.length === 0) throw new UsageError(`no cluster of the name ${name} runs; those that run: ${names}`);
  if (found.length > 1) throw new UsageError(`several clusters run (${names}): say which with --name`);
  return found[0]!;
}

function ask(run: RunFile, options: RemoteOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(run.socket);
    let text = '';
    socket.setEncoding('utf8').on('data', (piece) => {
      text += piece;
    });
    socket.once('error', (error) =>
      reject(new UsageError(`the cluster ${run.name} does not answer: ${error.message}`)),
    );
    socket.once('close', () => {
      if (text.endsWith('\n')) resolve(JSON.parse(text) as Answer);
      else reject(new UsageError(`the cluster ${run.name} ended before it answered`));
    });
    socket.write(`${JSON.stringify(options)}\n`);
  });
}
