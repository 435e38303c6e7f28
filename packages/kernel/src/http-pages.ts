import type { Listener } from './network.ts';

/** What is answered to a request for a path. */
export interface HttpPage {
  readonly status: number;
  /** Default: plain text. */
  readonly contentType?: string | undefined;
  /** A long text comes in pieces: the next one is asked for when the one before was handed to the system, and may use its memory. */
  readonly body: string | AsyncIterable<string | Uint8Array>;
}

/** Where pages are served, and by what. */
export interface HttpPagesOptions {
  /** `0.0.0.0` and `::` take every address of this machine. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** By path, without query. One that throws is answered with 500 and its message. */
  readonly pages: ReadonlyMap<string, () => HttpPage | Promise<HttpPage>>;
}

/**
 * Pages for those who watch a server: GET and HEAD of fixed paths, a bounded number of connections, no keep-alive. A client that
 * takes nothing of an answer for 10 seconds is cut off. Rejects with the system's `code` when the port can't be had.
 */
export type ServePages = (options: HttpPagesOptions) => Promise<Listener>;
