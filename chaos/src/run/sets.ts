/** A broker of a set: `id` 0 begins as the master. */
export interface SetBroker {
  readonly broker: string;
  readonly id: number;
  readonly role: 'ASYNC_MASTER' | 'SYNC_MASTER' | 'SLAVE';
}

/** Which servers a run has. In controller mode all brokers begin as slaves, and the controllers choose. */
export interface ServerSet {
  readonly name: string;
  readonly what: string;
  readonly nameServers: number;
  /** So many controllers, and as many members of etcd. */
  readonly controllers: number;
  readonly brokers: readonly SetBroker[];
  /** Lines of every broker's properties file. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
  /** Lines of every name server's properties file. */
  readonly namesrvProperties?: Readonly<Record<string, string | number | boolean>>;
  /** Whether an operator makes the slave of a lost master the master, and starts the lost machine again, empty, as its slave. */
  readonly promotesSlaves?: boolean;
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
    controllers: 0,
    brokers: [{ broker: 'broker-a', id: 0, role: 'ASYNC_MASTER' }],
    survivesLostDisk: false,
  },
  {
    name: '2m-noslave',
    what: 'two masters, two name servers',
    nameServers: 2,
    controllers: 0,
    brokers: [
      { broker: 'broker-a', id: 0, role: 'ASYNC_MASTER' },
      { broker: 'broker-b', id: 0, role: 'ASYNC_MASTER' },
    ],
    survivesLostDisk: false,
  },
  {
    name: '2m-2s-async',
    what: 'two masters, each with a slave that follows; an operator makes the slave of a lost master the master; two name servers',
    nameServers: 2,
    controllers: 0,
    brokers: [...pair('broker-a', 'ASYNC_MASTER'), ...pair('broker-b', 'ASYNC_MASTER')],
    survivesLostDisk: false,
    promotesSlaves: true,
  },
  {
    name: '2m-2s-sync',
    what: 'two masters, each with a slave; `inSyncReplicas=2`: SEND_OK says that both have the message; an operator makes the slave of a lost master the master; two name servers',
    nameServers: 2,
    controllers: 0,
    brokers: [...pair('broker-a', 'SYNC_MASTER'), ...pair('broker-b', 'SYNC_MASTER')],
    properties: { inSyncReplicas: 2 },
    survivesLostDisk: true,
    promotesSlaves: true,
  },
  {
    name: '2m-2s-acting',
    what: 'the same, and a slave acts for an absent master (`enableSlaveActingMaster`, `enableRemoteEscape`)',
    nameServers: 2,
    controllers: 0,
    brokers: [...pair('broker-a', 'SYNC_MASTER'), ...pair('broker-b', 'SYNC_MASTER')],
    properties: { inSyncReplicas: 2, enableSlaveActingMaster: true, enableRemoteEscape: true },
    namesrvProperties: { supportActingMaster: true },
    survivesLostDisk: true,
  },
  {
    name: 'controller',
    what: 'three brokers of one name in controller mode, `inSyncReplicas=2`; three controllers and three members of etcd; two name servers',
    nameServers: 2,
    controllers: 3,
    brokers: [0, 1, 2].map((id) => ({ broker: 'broker-a', id, role: 'SLAVE' })),
    properties: { enableControllerMode: true, inSyncReplicas: 2, minInSyncReplicas: 2 },
    survivesLostDisk: true,
  },
];

/** Throws with the known names. */
export function serverSet(name: string): ServerSet {
  const found = sets.find((set) => set.name === name);
  if (found !== undefined) return found;
  throw new Error(`there is no set ${name}; there are ${sets.map((set) => set.name).join(', ')}`);
}
