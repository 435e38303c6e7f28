import { flag, integer, optional, text } from './field.ts';

/** How a page of a long table is asked for. `sort` is the name of a column; `filter` a part of the name, in any case. */
export const PAGE_QUERY = {
  page: optional(integer({ min: 1, max: 1_000_000 })),
  pageSize: optional(integer({ min: 1, max: 200 })),
  sort: optional(text({ max: 64 })),
  descending: optional(flag()),
  filter: optional(text({ min: 0, max: 256 })),
};

/** What `PAGE_QUERY` reads. */
export interface PageQuery {
  readonly page?: number | undefined;
  readonly pageSize?: number | undefined;
  readonly sort?: string | undefined;
  readonly descending?: boolean | undefined;
  readonly filter?: string | undefined;
}

/** Where the rows of a page are from and how old they are. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Of all pages, after the filter. */
  readonly total: number;
  readonly page: number;
  readonly pageSize: number;
  /** When the oldest part of the rows was collected; undefined while nothing was. */
  readonly collectedAtMs?: number | undefined;
  /** Servers whose part is missing or old. */
  readonly failures: readonly BrokerFailure[];
}

/** A server that could not be asked. */
export interface BrokerFailure {
  readonly brokerName?: string | undefined;
  readonly address: string;
  readonly message: string;
}

/** What became of a change on one server. */
export interface BrokerResult {
  readonly brokerName?: string | undefined;
  readonly address: string;
  readonly ok: boolean;
  /** Why it failed, or what the server remarked. */
  readonly message?: string | undefined;
}

/** Body of every answer with a status of 400 or more. */
export interface ErrorBody {
  /** A code of this console's table of errors. */
  readonly code: string;
  readonly message: string;
  /** The response code of RocketMQ, where a server refused. */
  readonly responseCode?: number | undefined;
  readonly brokers?: readonly BrokerFailure[] | undefined;
  /** To be found in the log. */
  readonly requestId?: string | undefined;
}
