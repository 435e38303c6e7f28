/** A message to send; `T` is what the producer's `serializer` takes. */
export interface Message<T = string | Uint8Array> {
  readonly topic: string;
  /** Text is sent as UTF-8. What is sent must not be empty. */
  readonly body: T;
  /** One tag, for subscriptions to choose by. */
  readonly tags?: string | undefined;
  /** Keys by which `mqadmin queryMsgByKey` finds it. */
  readonly keys?: string | readonly string[] | undefined;
  /**
   * Its identity, 1 to 64 characters: the same text when the same message is sent again, so that consumers can drop the second.
   * `Producer.nextUniqueKey` makes one by which Apache's tools find the message. Default: a new one.
   * Source: MessageClientIDSetter#setUniqID, which keeps what is set.
   */
  readonly uniqueKey?: string | undefined;
  /** Your own properties; names that RocketMQ reserves are refused. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** Your own 32 bits. Default 0. */
  readonly flag?: number | undefined;
  /**
   * Fixed delay 1 to 18 (1s 5s 10s 30s 1m 2m … 2h by default), 0 for none. At most one of `delayLevel`, `delayMs` and
   * `deliverAt` is given; a batch takes none of them. Default none.
   */
  readonly delayLevel?: number | undefined;
  /**
   * Delay in ms from when the broker gets it, from 0 on; the broker has the largest (`timerMaxDelaySec`, 3 days by default),
   * and a precision (`timerPrecisionMs`, 1 s by default). Needs a broker of 5.0 or newer with `timerWheelEnable`. A message so
   * delayed can be recalled, see `SendResult.recallHandle`.
   */
  readonly delayMs?: number | undefined;
  /** The same with the time of delivery: a `Date`, or ms since the epoch by the broker's clock. In the past: at once. */
  readonly deliverAt?: number | Date | undefined;
  /** Wait for flush and slave as the broker is configured. Default true. */
  readonly waitStoreOk?: boolean | undefined;
  /** Makes the message a reply; `createReplyMessage` gives it. Default none. */
  readonly replyTo?: ReplyTo | undefined;
}

/** Which request a reply is for. */
export interface ReplyTo {
  /** Id that the requester chose. */
  readonly correlationId: string;
  /** Id of the client that waits. */
  readonly clientId: string;
  /** How long it waits; for information only. */
  readonly ttlMs?: number | undefined;
}
