import { DEFAULT_MAX_FRAME_BYTES } from '@rocketmq-ts/protocol';
import type { RemotingLimits } from './api.ts';

const MIB = 1024 * 1024;

/** Bounds of a server. At `pauseReadingAtBytes` a connection is served again when half of it has gone out. */
export const SERVER_LIMITS: RemotingLimits = {
  maxFrameBytes: DEFAULT_MAX_FRAME_BYTES,
  maxPartialBytes: 256 * MIB,
  pauseReadingAtBytes: MIB,
  maxUnsentBytes: 64 * MIB,
  maxPendingRequests: 65_535,
};

/**
 * Bounds of a client. It never stops reading: if both ends waited for the other one to read, neither would go on.
 * Instead a request beyond `maxUnsentBytes` is refused.
 */
export const CLIENT_LIMITS: RemotingLimits = { ...SERVER_LIMITS, pauseReadingAtBytes: Number.POSITIVE_INFINITY };

/** No byte in either direction for so long, and a connection is closed. Source: NettyServerConfig, NettyClientConfig. */
export const IDLE_TIMEOUT_MS = 120_000;

/** How often deadlines are looked at; a request may wait longer than its time by so much. */
export const SWEEP_PERIOD_MS = 100;
