/** Where a command prints. */
interface Pipes {
  /** Resolves to false when nobody reads any more. */
  stdout(text: string): Promise<boolean>;
  stderr(text: string): void;
}

/** The reader of the pipe may end first (`| head`): then the command ends without a message. */
export function standardPipes(): Pipes {
  let open = true;
  process.stdout.on('error', () => {
    open = false;
  });
  process.stderr.on('error', () => {});
  return {
    stdout: (text) =>
      new Promise((resolve) => {
        process.stdout.write(text, (error) => resolve(open && (error === null || error === undefined)));
      }),
    stderr: (text) => void process.stderr.write(text),
  };
}
