import { type ExposedMetric, Histogram, type Samples } from '@rocketmq-ts/kernel';
import { knownRequest, responseCodeName } from '@rocketmq-ts/protocol';
import type { IncomingRequest } from '../call.ts';
import type { Interceptor } from './interceptor.ts';

/** Milliseconds. Source: RemotingMetricsManager#getMetricsView. */
const BOUNDS = [1, 3, 5, 7, 10, 100, 1000, 2000, 3000] as const;

/** How long requests took, as Apache's servers show it. Source: RemotingMetricsManager, NettyRemotingAbstract#writeResponse. */
export const RPC_LATENCY = {
  type: 'histogram',
  help: 'Rpc latency',
  labels: ['protocol_type', 'is_long_polling', 'request_code', 'response_code', 'result'],
  bounds: BOUNDS,
} as const satisfies ExposedMetric;

/** Codes that requests may have, since clients can invent them; more share one line without a code. */
const MAX_CODES = 512;
const OTHER_CODES = -1;

/** Bits of how a request ended. */
const HELD = 1;
const ONEWAY = 2;
const CLOSED = 4;

/** Requests of one code that ended in one way. */
interface Ended {
  readonly code: number;
  readonly way: number;
  readonly took: Histogram;
}

/** Counts all requests of a server, or of several, by their codes, the codes of their answers and how they ended. */
export class RpcLatency implements Interceptor {
  /** By request code. The lists are short: most requests of a code end alike. */
  readonly #byCode = new Map<number, Ended[]>();

  after(request: IncomingRequest, code: number, durationMs: number): void {
    const list = this.#byCode.get(request.code) ?? this.#listOf(request.code);
    let way = request.suspended ? HELD : 0;
    if (request.oneway) way |= ONEWAY;
    else if (request.connection.closed) way |= CLOSED;
    for (const ended of list) {
      if (ended.code !== code || ended.way !== way) continue;
      ended.took.count(Math.floor(durationMs));
      return;
    }
    const ended = { code, way, took: new Histogram(BOUNDS) };
    ended.took.count(Math.floor(durationMs));
    list.push(ended);
  }

  #listOf(code: number): Ended[] {
    const key = this.#byCode.size < MAX_CODES ? code : OTHER_CODES;
    let list = this.#byCode.get(key);
    if (list === undefined) {
      list = [];
      this.#byCode.set(key, list);
    }
    return list;
  }

  /** All of it, with the labels of `RPC_LATENCY`. */
  *show(samples: Samples): Iterable<void> {
    for (const [requestCode, list] of this.#byCode) {
      for (const { code, way, took } of list) {
        const held = String((way & HELD) !== 0);
        samples.histogram(['remoting', held, requestName(requestCode), responseName(code), resultOf(way)], took);
      }
      yield;
    }
  }
}

/** Source: RemotingHelper#getRequestCodeDesc. */
function requestName(code: number): string {
  return code === OTHER_CODES ? 'other' : (knownRequest(code)?.name.toLowerCase() ?? String(code));
}

function responseName(code: number): string {
  return responseCodeName(code).toLowerCase();
}

/** Source: RemotingMetricsManager#getWriteAndFlushResult. */
function resultOf(way: number): string {
  if ((way & ONEWAY) !== 0) return 'oneway';
  return (way & CLOSED) === 0 ? 'success' : 'write_channel_failed';
}
