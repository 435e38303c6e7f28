import { type ChildProcess, spawn } from 'node:child_process';

/** Reads `+ <pid>` and `- <pid>`; at the end of its input it ends all that are left, in order first. */
const SCRIPT = `
pids=
while read -r change pid; do
  rest=
  for each in $pids; do [ "$each" = "$pid" ] || rest="$rest $each"; done
  pids=$rest
  [ "$change" = + ] && pids="$pids $pid"
done
[ -z "$pids" ] && exit 0
kill -TERM $pids 2>/dev/null
kill -CONT $pids 2>/dev/null
waited=0
while [ $waited -lt 15 ] && kill -0 $pids 2>/dev/null; do sleep 1; waited=$((waited + 1)); done
kill -KILL $pids 2>/dev/null
exit 0
`;

/**
 * A process that outlives the parent of a cluster for as long as it takes to end its members: its input ends with the parent,
 * however that ends.
 */
export class Warden {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = spawn('sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#child.stdin!.on('error', () => {});
    this.#child.unref();
  }

  readonly follow = (change: '+' | '-', pid: number): void => {
    this.#child.stdin!.write(`${change} ${pid}\n`);
  };

  /** Nothing is left to end. */
  dismiss(): void {
    this.#child.stdin!.end();
  }
}
