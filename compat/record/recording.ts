import { glance, type HeaderGlance } from './header.ts';
import type { TappedFrame } from './tap.ts';

/** A line of a fixture file. `code` is the request's code also for a response, whose own code is its status. */
export interface GoldenFrame {
  readonly code: number;
  readonly kind: 'request' | 'oneway' | 'response';
  readonly responseCode?: number;
  /** Program that wrote the frame, and the one that read it. */
  readonly from: string;
  readonly to: string;
  /** Apache's header class; "-" where the command has none. */
  readonly class: string;
  /** Version number in the header: 493 is Java 5.4.0, 317 the Go client 2.1. */
  readonly version: number;
  readonly serializeType: 'JSON' | 'ROCKETMQ';
  readonly hex: string;
}

/**
 * Keeps the first frame of each form: same code, kind, answer, versions, header codec, set of field names, with or
 * without body. Frames longer than `longestBytes` are left out.
 */
export class Recording {
  readonly frames: GoldenFrame[] = [];
  readonly #seen = new Set<string>();
  readonly #requests = new Map<string, { readonly code: number; readonly version: number }>();
  readonly #headerClass: (code: number, response: boolean) => string;
  readonly #longestBytes: number;

  constructor(headerClass: (code: number, response: boolean) => string, longestBytes: number) {
    this.#headerClass = headerClass;
    this.#longestBytes = longestBytes;
  }

  add(frame: TappedFrame): void {
    const header = glance(frame.bytes);
    const isResponse = (header.flag & 1) !== 0;
    if (!isResponse) this.#requests.set(requestKey(frame, header, frame.fromOpener), header);
    const asked = isResponse ? this.#requests.get(requestKey(frame, header, !frame.fromOpener)) : header;
    if (asked === undefined || frame.bytes.length > this.#longestBytes) return;
    const code = asked.code;
    const kind = isResponse ? 'response' : (header.flag & 2) !== 0 ? 'oneway' : 'request';
    const [from, to] = frame.fromOpener ? [frame.opener, frame.target] : [frame.target, frame.opener];
    const form = [
      code,
      kind,
      isResponse ? header.code : '',
      header.version,
      // It decides the dialect of some bodies.
      asked.version,
      header.serializeType,
      header.fieldNames.join(','),
      header.bodyBytes > 0,
    ].join('|');
    if (this.#seen.has(form)) return;
    this.#seen.add(form);
    this.frames.push({
      code,
      kind,
      ...(isResponse ? { responseCode: header.code } : {}),
      from,
      to,
      class: this.#headerClass(code, isResponse),
      version: header.version,
      serializeType: header.serializeType,
      hex: frame.bytes.toString('hex'),
    });
  }
}

function requestKey(frame: TappedFrame, header: HeaderGlance, askedByOpener: boolean): string {
  return `${frame.connection}/${askedByOpener}/${header.opaque}`;
}
