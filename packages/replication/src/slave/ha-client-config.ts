/** Properties that may change while a slave follows its master. */
export interface HaClientConfig {
  /** The end of the log is reported when nothing else was for so long. */
  readonly haSendHeartbeatInterval: number;
  /** A master that is silent for so long is connected to anew. */
  readonly haHousekeepingInterval: number;
}
