import type { Listener } from './network.ts';

/** What is answered to a request for a path. */
export interface HttpPage {
  readonly status: number;
  /** Default: plain text. */
  readonly contentType?: string | undefined;
  readonly body: string;
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
 * Small pages for those who watch a server: GET and HEAD of fixed paths, a bounded number of connections, no keep-alive. Rejects
 * with the system's `code` when the port can't be had.
 */
export type ServePages = (options: HttpPagesOptions) => Promise<Listener>;
