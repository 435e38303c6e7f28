import { DEFAULT_MAX_FRAME_BYTES } from '@rocketmq-ts/protocol';

const MIB = 1024 * 1024;

/** Bounds of the memory that the connections of one server or client use. */
export interface RemotingLimits {
  /** Largest frame, counting its length word; a longer one closes the connection. Default 16 777 216. */
  readonly maxFrameBytes: number;
  /** Half-received frames of all connections together; the connection that crosses it is closed. Default 256 MiB. */
  readonly maxPartialBytes: number;
  /**
   * Answers of a connection that are being made or wait for it to read, at which no more requests are read from it and no
   * more work begins for those that were. Default 1 MiB.
   */
  readonly pauseReadingAtBytes: number;
  /**
   * The same of all connections together. A connection whose peer takes nothing is closed when others wait for memory.
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
 * Bounds of a client. It never stops reading: if both ends waited for the other one to read, neither would go on.
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
 * A connection whose requests wait is listened to until so many bytes are there, so that it is seen when its peer leaves:
 * then nothing more is done for it. As much as one read brings.
 */
export const LISTEN_BYTES = 70_000;

/** Answers of a kind that are at least so large wait for memory before their handler is called. */
export const LARGE_ANSWER_BYTES = 16 * 1024;

/** Large answers are made for so long in one turn of the event loop; what is left goes on in the next one. */
export const ANSWERING_MS = 5;

/** Requests of all kinds are served for so long in one turn; then one of each connection. */
export const SERVING_MS = 20;

/** How many requests of a connection are served between two looks at the time. */
export const LOOK_AT_TIME_EACH = 8;

/** A peer that takes nothing for so long is closed when others wait for the memory that its answers hold. */
export const STALLED_MS = 3_000;

/** No byte in either direction for so long, and a connection is closed. Source: NettyServerConfig, NettyClientConfig. */
export const IDLE_TIMEOUT_MS = 120_000;

/**
 * A connection to a server whose first request is not there after so long is closed: clients connect in order to send one.
 * As long as Netty gives a TLS handshake.
 */
export const FIRST_REQUEST_MS = 10_000;

/** A later request whose beginning is there may take so long to be complete, … */
export const PARTIAL_REQUEST_MS = 30_000;

/** … and both longer by a millisecond for as many bytes that are there: about 16 KiB a second, for slow lines. */
export const PARTIAL_BYTES_PER_MS = 16;

/** How often deadlines are looked at; a request may wait longer than its time by so much. */
export const SWEEP_PERIOD_MS = 100;

/** So much time between two sweeps means that the event loop, or the whole process, did not run. */
export const STOOD_STILL_MS = 5 * SWEEP_PERIOD_MS;
