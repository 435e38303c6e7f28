import type { Activity } from '../clock/activity.ts';

interface Flow {
  bytes: number;
  /** Its reader takes nothing at present: nobody waits for these bytes. */
  isHeld: boolean;
  end: (() => void) | undefined;
}

/**
 * Bytes between two connections of this process, one of which wrote them and the other has not read them yet: while there are some,
 * something is under way. Connections are known by their pairs of ports.
 */
export class InFlight {
  readonly #activity: Activity;
  readonly #flows = new Map<string, Flow>();

  constructor(activity: Activity) {
    this.#activity = activity;
  }

  /** Both ends of a connection are in this process: counts from now on. The function ends that. */
  open(from: number, to: number): () => void {
    const names = [`${from}>${to}`, `${to}>${from}`];
    for (const name of names)
      if (!this.#flows.has(name)) this.#flows.set(name, { bytes: 0, isHeld: false, end: undefined });
    return () => {
      for (const name of names) {
        this.#flows.get(name)?.end?.();
        this.#flows.delete(name);
      }
    };
  }

  /** Both ends of this connection are in this process. */
  knows(connection: {
    readonly local: { readonly port: number };
    readonly remote: { readonly port: number };
  }): boolean {
    return this.#flows.has(`${connection.remote.port}>${connection.local.port}`);
  }

  sent(from: number, to: number, bytes: number): void {
    this.#activity.count++;
    const flow = this.#flows.get(`${from}>${to}`);
    if (flow !== undefined) this.#move(flow, bytes);
  }

  received(from: number, to: number, bytes: number): void {
    this.#activity.count++;
    const flow = this.#flows.get(`${from}>${to}`);
    if (flow !== undefined) this.#move(flow, -bytes);
  }

  /** The reader of these bytes takes none, or takes them again. */
  hold(from: number, to: number, isHeld: boolean): void {
    const flow = this.#flows.get(`${from}>${to}`);
    if (flow === undefined) return;
    flow.isHeld = isHeld;
    this.#move(flow, 0);
  }

  #move(flow: Flow, bytes: number): void {
    flow.bytes += bytes;
    if (flow.bytes > 0 && !flow.isHeld) flow.end ??= this.#activity.begin();
    else {
      flow.end?.();
      flow.end = undefined;
    }
  }
}
