/** The controller that leads, as its key in etcd says. */
export interface LeaderRecord {
  /** `controllerDLegerSelfId`. */
  readonly id: string;
  /** `host:port` for brokers and tools. */
  readonly address: string;
}

/** The value of the leader's key. */
export function writeLeader({ id, address }: LeaderRecord): string {
  return JSON.stringify({ id, address });
}

/** Undefined when the value is something else. */
export function readLeader(value: string): LeaderRecord | undefined {
  try {
    const { id, address } = JSON.parse(value) as Partial<LeaderRecord>;
    return typeof id === 'string' && typeof address === 'string' ? { id, address } : undefined;
  } catch {
    return undefined;
  }
}
