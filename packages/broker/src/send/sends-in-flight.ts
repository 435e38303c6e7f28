const MIB = 1024 * 1024;

/** Bytes of sends that wait for the log at which no more are taken. */
export const MAX_IN_FLIGHT_BYTES = 128 * MIB;

/** Bytes of sends that wait until their new topic is saved at which no more are taken for such topics. */
export const MAX_UNSAVED_BYTES = 32 * MIB;

/** What a send holds beside its body until it is answered: its request, its ticket, its places in the store's rings. */
const SEND_BYTES = 1024;

/**
 * Memory of sends that are stored and not answered yet. It is counted in bytes, not in messages: many small ones are no reason
 * to refuse, and no send waits here for a turn. Beyond the limit sends are refused before any work.
 */
export class SendsInFlight {
  readonly limitBytes: number;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#bytes >= this.limitBytes;
  }

  began(bodyBytes: number): void {
    this.#bytes += bodyBytes + SEND_BYTES;
  }

  ended(bodyBytes: number): void {
    this.#bytes -= bodyBytes + SEND_BYTES;
  }
}
