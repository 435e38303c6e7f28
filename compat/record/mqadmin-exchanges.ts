import type { TappedFrame } from './tap.ts';

/** A request of Apache's mqadmin with its answer, as the fixtures of packages/mqadmin have it. */
export interface Exchange {
  readonly address: string;
  readonly code: number;
  readonly extFields: Readonly<Record<string, string>>;
  readonly body?: RecordedBody;
  readonly answer: {
    readonly code: number;
    readonly remark?: string;
    readonly extFields?: Readonly<Record<string, string>>;
    readonly body?: RecordedBody;
  };
}

type RecordedBody = { readonly text: string } | { readonly base64: string };

interface Header {
  readonly code: number;
  readonly opaque: number;
  readonly flag: number;
  readonly remark?: string;
  readonly extFields?: Readonly<Record<string, string>>;
}

/** Pairs the requests of one program with their answers. One-way requests are left out. */
export class Exchanges {
  readonly #addressOf: (target: string) => string;
  readonly #asked = new Map<string, { readonly header: Header; readonly body: Buffer }>();
  #pairs: Exchange[] = [];

  constructor(addressOf: (target: string) => string) {
    this.#addressOf = addressOf;
  }

  add(frame: TappedFrame): void {
    const { header, body } = read(frame.bytes);
    const isAnswer = (header.flag & 1) !== 0;
    // Requests of the server to the program have numbers of their own.
    if (isAnswer === frame.fromOpener) return;
    const key = `${frame.connection} ${header.opaque}`;
    if (!isAnswer) {
      this.#asked.set(key, { header, body });
      return;
    }
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    this.#asked.delete(key);
    const { code, remark, extFields } = header;
    this.#pairs.push({
      address: this.#addressOf(frame.target),
      code: asked.header.code,
      extFields: asked.header.extFields ?? {},
      ...(asked.body.length === 0 ? {} : { body: recorded(asked.body) }),
      answer: {
        code,
        ...(remark === undefined || remark === null ? {} : { remark }),
        ...(extFields === undefined ? {} : { extFields }),
        ...(body.length === 0 ? {} : { body: recorded(body) }),
      },
    });
  }

  /** Those since the last call. */
  take(): Exchange[] {
    const taken = this.#pairs;
    this.#pairs = [];
    this.#asked.clear();
    return taken;
  }
}

/** Length, length of the header, header in JSON, body. Source: RemotingCommand#decode. */
function read(frame: Buffer): { readonly header: Header; readonly body: Buffer } {
  const headerEnd = 8 + (frame.readInt32BE(4) & 0xff_ffff);
  return { header: JSON.parse(frame.toString('utf8', 8, headerEnd)) as Header, body: frame.subarray(headerEnd) };
}

function recorded(body: Buffer): RecordedBody {
  const text = body.toString('utf8');
  return Buffer.from(text, 'utf8').equals(body) ? { text } : { base64: body.toString('base64') };
}
