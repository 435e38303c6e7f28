/** What a server says of itself to those who watch it. Sentences for the operator; both lists empty: all is well. */
export interface Health {
  /** Why it should be started anew: it does not get well by itself. */
  readonly defects: readonly string[];
  /** Why no requests should be sent to it now. */
  readonly unready: readonly string[];
}
