import { DEFAULT_MAX_FRAME_BYTES } from '@rocketmq-ts/protocol';

const MIB = 1024 * 1024;

/** Bounds of the memory that the connections of one server or client use. */
export interface RemotingLimits {
  /** Largest frame, counting its length word; a longer one closes the connection. Default 16 777 216. */
  readonly maxFrameBytes: number;
  /** Half-received frames of all connections together; the connection that crosses it is closed. Default 256 MiB. */
  readonly maxPartialBytes: number;
  /**
   * Bytes of answers of one connection that are being made or not yet read by its peer. At this limit no more requests are
   * read from it, and no more work begins for those that were. Default 1 MiB.
   */
  readonly pauseReadingAtBytes: number;
  /**
   * The same for all connections together. A connection whose peer reads nothing is closed when others wait for memory.
   * Default 64 MiB.
   */
  readonly maxAnswerBytes: number;
  /** Unsent answers of a connection at which it is closed. Default 64 MiB. */
  readonly maxUnsentBytes: number;
  /** Requests waiting for a response on a connection; one more is refused. Default 65 535. */
  readonly maxPendingRequests: number;
}

/** Bounds of a server. */
export const SERVER_LIMITS: RemotingLimits = {
  maxFrameBytes: DEFAULT_MAX_FRAME_BYTES,
  maxPartialBytes: 256 * MIB,
  pauseReadingAtBytes: MIB,
  maxAnswerBytes: 64 * MIB,
  maxUnsentBytes: 64 * MIB,
  maxPendingRequests: 65_535,
};

/**
 * Bounds of a client. It never stops reading: if both ends waited for the other one to read, neither would continue.
 * Instead a request beyond `maxUnsentBytes` is refused.
 */
export const CLIENT_LIMITS: RemotingLimits = {
  ...SERVER_LIMITS,
  pauseReadingAtBytes: Number.POSITIVE_INFINITY,
  maxAnswerBytes: Number.POSITIVE_INFINITY,
};

/** While half of the memory for answers is used, a connection with more unsent bytes than this is not read from. */
export const SHORT_PAUSE_BYTES = 16 * 1024;

/**
 * A connection whose requests wait is still read until it holds this many bytes, so that its end is noticed and no work is
 * done for a peer that left. As much as one read returns.
 */
export const LISTEN_BYTES = 70_000;

/** A command whose answers are this large has memory reserved before its handler is called. */
export const LARGE_ANSWER_BYTES = 16 * 1024;

/** Large answers are made for this long in one turn of the event loop; the rest are made in the next turns. */
export const ANSWERING_MS = 5;

/** Requests of all kinds are served for this long in one turn; from then on one of each connection. */
export const SERVING_MS = 20;

/** How many requests of a connection are served before the clock is read again. */
export const REQUESTS_PER_CLOCK_READ = 8;

/** A peer that reads nothing for this long is closed when others wait for the memory that its answers hold. */
export const STALLED_MS = 3_000;

/** A connection without a byte in either direction for this long is closed. Source: NettyServerConfig, NettyClientConfig. */
export const IDLE_TIMEOUT_MS = 120_000;

/**
 * A connection to a server is closed when its first request is not complete after this time: clients connect in order to
 * send one. As long as Netty allows for a TLS handshake.
 */
export const FIRST_REQUEST_MS = 10_000;

/** A later request that was begun is complete within this time, or its connection is closed. */
export const PARTIAL_REQUEST_MS = 30_000;

/** Both times are longer by a millisecond for each of so many received bytes: 16 KB a second, for slow lines. */
export const PARTIAL_BYTES_PER_MS = 16;

/** How often deadlines are checked; a request may wait longer than its time by this much. */
export const SWEEP_PERIOD_MS = 100;

/** This much time between two sweeps means that the event loop, or the whole process, did not run. */
export const NOT_RUN_MS = 5 * SWEEP_PERIOD_MS;
