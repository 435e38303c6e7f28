/** A message to send. */
export interface Message {
  readonly topic: string;
  /** Text is sent as UTF-8. Must not be empty. */
  readonly body: string | Uint8Array;
  /** One tag, for subscriptions to choose by. */
  readonly tags?: string | undefined;
  /** Keys by which `mqadmin queryMsgByKey` finds it. */
  readonly keys?: string | readonly string[] | undefined;
  /** Your own properties; names that RocketMQ reserves are refused. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** Your own 32 bits. Default 0. */
  readonly flag?: number | undefined;
  /** Fixed delay 1 to 18 (1s 5s 10s 30s 1m 2m … 2h by default). Default none. */
  readonly delayLevel?: number | undefined;
  /** Delay in ms from now (5.x brokers). */
  readonly delayMs?: number | undefined;
  /** Time of delivery, ms since the epoch (5.x brokers). */
  readonly deliverAtMs?: number | undefined;
  /** Wait for flush and slave as the broker is configured. Default true. */
  readonly waitStoreOk?: boolean | undefined;
}
