import { createConnection, type Socket } from 'node:net';

/** An answer of a server. */
export interface Answer {
  readonly code: number;
  readonly remark: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * One connection that speaks RocketMQ's commands, written for the checker alone: what judges the product uses none of its code. A
 * broken connection is made anew by the next request.
 *
 * | bytes | field |
 * | --- | --- |
 * | 4 | length of what follows |
 * | 4 | header's codec (1 byte, 0: JSON) and length (3 bytes) |
 * | n | header |
 * | n | body |
 *
 * Source: RemotingCommand#encode.
 */
export class WireClient {
  readonly #host: string;
  readonly #port: number;
  readonly #waiting = new Map<number, Waiting>();
  #socket: Socket | undefined;
  #received: Buffer = Buffer.alloc(0);
  #opaque = 0;

  /** `address` is `host:port`. */
  constructor(address: string) {
    const colon = address.lastIndexOf(':');
    this.#host = address.slice(0, colon);
    this.#port = Number(address.slice(colon + 1));
  }

  /** Rejects when there is no answer within `timeoutMs`. */
  request(
    code: number,
    fields: Readonly<Record<string, string | number | boolean>>,
    timeoutMs: number,
  ): Promise<Answer> {
    const opaque = ++this.#opaque;
    const extFields = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
    const header = Buffer.from(
      JSON.stringify({
        code,
        language: 'OTHER',
        version: 0,
        opaque,
        flag: 0,
        extFields,
        serializeTypeCurrentRPC: 'JSON',
      }),
    );
    const head = Buffer.alloc(8);
    head.writeInt32BE(4 + header.length, 0);
    head.writeInt32BE(header.length, 4);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(opaque);
        reject(new Error(`no answer from ${this.#host}:${this.#port} within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiting.set(opaque, { resolve, reject, timer });
      this.#connected().write(Buffer.concat([head, header]));
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#failAll(new Error('closed'));
  }

  #connected(): Socket {
    if (this.#socket !== undefined) return this.#socket;
    const socket = createConnection({ host: this.#host, port: this.#port });
    const lost = (error: Error): void => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#received = Buffer.alloc(0);
      socket.destroy();
      this.#failAll(error);
    };
    socket.on('error', lost);
    socket.on('close', () => lost(new Error(`${this.#host}:${this.#port} closed the connection`)));
    socket.on('data', (piece) => this.#take(piece));
    this.#socket = socket;
    return socket;
  }

  #take(piece: Buffer): void {
    this.#received = Buffer.concat([this.#received, piece]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readInt32BE(0);
      if (this.#received.length < end) return;
      this.#answered(this.#received.subarray(4, end));
      this.#received = this.#received.subarray(end);
    }
  }

  #answered(frame: Buffer): void {
    const headerEnd = 4 + (frame.readInt32BE(0) & 0xff_ffff);
    const header = JSON.parse(frame.toString('utf8', 4, headerEnd)) as {
      code: number;
      opaque: number;
      flag: number;
      remark?: string | null;
      extFields?: Record<string, string> | null;
    };
    const waiting = this.#waiting.get(header.opaque);
    // Requests of the server itself are of no interest here.
    if (waiting === undefined || (header.flag & 1) === 0) return;
    this.#waiting.delete(header.opaque);
    clearTimeout(waiting.timer);
    const body = Buffer.from(frame.subarray(headerEnd));
    waiting.resolve({ code: header.code, remark: header.remark ?? '', fields: header.extFields ?? {}, body });
  }

  #failAll(error: Error): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
  }
}
