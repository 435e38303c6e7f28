/** A broker of a set: `id` 0 begins as the master. */
export interface SetBroker {
  readonly broker: string;
  readonly id: number;
  readonly role: 'ASYNC_MASTER' | 'SYNC_MASTER' | 'SLAVE';
}

/** Which servers a run has. */
export interface ServerSet {
  readonly name: string;
  readonly what: string;
  readonly nameServers: number;
  readonly brokers: readonly SetBroker[];
  /** Lines of every broker's properties file. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
  /** Whether SEND_OK says that two machines have the message. */
  readonly survivesLostDisk: boolean;
}

const pair = (broker: string, role: 'ASYNC_MASTER' | 'SYNC_MASTER'): SetBroker[] => [
  { broker, id: 0, role },
  { broker, id: 1, role: 'SLAVE' },
];

export const sets: readonly ServerSet[] = [
  {
    name: '1m',
    what: 'one master, two name servers',
    nameServers: 2,
    brokers: [{ broker: 'broker-a', id: 0, role: 'ASYNC_MASTER' }],
    survivesLostDisk: false,
  },
  {
    name: '2m-noslave',
    what: 'two masters, two name servers',
    nameServers: 2,
    brokers: [
      { broker: 'broker-a', id: 0, role: 'ASYNC_MASTER' },
      { broker: 'broker-b', id: 0, role: 'ASYNC_MASTER' },
    ],
    survivesLostDisk: false,
  },
  {
    name: '2m-2s-async',
    what: 'two masters, each with a slave that follows, two name servers',
    nameServers: 2,
    brokers: [...pair('broker-a', 'ASYNC_MASTER'), ...pair('broker-b', 'ASYNC_MASTER')],
    survivesLostDisk: false,
  },
  {
    name: '2m-2s-sync',
    what: 'two masters, each with a slave; `inSyncReplicas=2`: SEND_OK says that both have the message; two name servers',
    nameServers: 2,
    brokers: [...pair('broker-a', 'SYNC_MASTER'), ...pair('broker-b', 'SYNC_MASTER')],
    properties: { inSyncReplicas: 2 },
    survivesLostDisk: true,
  },
];

/** Throws with the known names. */
export function serverSet(name: string): ServerSet {
  const found = sets.find((set) => set.name === name);
  if (found !== undefined) return found;
  throw new Error(`there is no set ${name}; there are ${sets.map((set) => set.name).join(', ')}`);
}
