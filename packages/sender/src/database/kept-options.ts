/** Properties and delay of a message as it is sent and saved: they mean the same whenever it is sent. */
export interface KeptOptions {
  readonly properties?: Readonly<Record<string, string>> | undefined;
  readonly delayLevel?: number | undefined;
  /** Wall clock, ms since the epoch. */
  readonly deliverAtMs?: number | undefined;
}

/** For the column; null when there are none. */
export function encodeOptions({ properties, delayLevel, deliverAtMs }: KeptOptions): string | null {
  const text = JSON.stringify({ properties, delayLevel, deliverAtMs });
  return text === '{}' ? null : text;
}

/** What `encodeOptions` made. */
export function decodeOptions(column: string | null): KeptOptions {
  return column === null ? {} : (JSON.parse(column) as KeptOptions);
}
