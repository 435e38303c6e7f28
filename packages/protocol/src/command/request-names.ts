import { commandTable } from './table.ts';

/** Who answers a request. */
type RequestTarget = 'broker' | 'name server' | 'client' | 'controller' | 'broker container';

/** Requests of 5.4.0 that no table here declares. Source: RequestCode. */
const UNDECLARED: Readonly<Record<RequestTarget, Readonly<Record<number, string>>>> = {
  broker: {
    13: 'QUERY_BROKER_OFFSET',
    22: 'GET_TOPIC_CONFIG_LIST',
    23: 'GET_TOPIC_NAME_LIST',
    27: 'TRIGGER_DELETE_FILES',
    47: 'GET_CLIENT_CONFIG',
    209: 'SUSPEND_CONSUMER',
    210: 'RESUME_CONSUMER',
    211: 'RESET_CONSUMER_OFFSET_IN_CONSUMER',
    212: 'RESET_CONSUMER_OFFSET_IN_BROKER',
    213: 'ADJUST_CONSUMER_THREAD_POOL',
    214: 'WHO_CONSUME_THE_MESSAGE',
    301: 'REGISTER_FILTER_SERVER',
    302: 'REGISTER_MESSAGE_FILTER_CLASS',
  },
  'name server': {},
  client: {},
  controller: {
    1014: 'BROKER_CLOSE_CHANNEL_REQUEST',
    1015: 'CHECK_NOT_ACTIVE_BROKER_REQUEST',
    1016: 'GET_BROKER_LIVE_INFO_REQUEST',
    1017: 'GET_SYNC_STATE_DATA_REQUEST',
    1018: 'RAFT_BROKER_HEART_BEAT_EVENT_REQUEST',
  },
  'broker container': {},
};

/** Declared requests that are not for brokers. */
const NAME_SERVER_CODES: readonly number[] = [
  100, 101, 102, 103, 104, 105, 106, 205, 206, 216, 217, 219, 224, 304, 311, 312, 313, 318, 319, 322, 327, 901, 904,
];
const CONTROLLER_CODES: readonly number[] = [1001, 1002, 1003, 1004, 1005, 1006, 1009, 1010, 1011, 1012, 1013];
const CLIENT_CODES: readonly number[] = [39, 40, 220, 221, 326];
const CONTAINER_CODES: readonly number[] = [902, 903];

interface KnownRequest {
  readonly name: string;
  readonly target: RequestTarget;
}

const known = new Map<number, KnownRequest>();

/** Every request of 5.4.0 has a name, also those that are not declared here. Undefined for a code that is none. */
export function knownRequest(code: number): KnownRequest | undefined {
  if (known.size === 0) {
    for (const { code: declared, name } of commandTable.values())
      known.set(declared, { name, target: targetOf(declared) });
    for (const target of Object.keys(UNDECLARED) as RequestTarget[]) {
      for (const [undeclared, name] of Object.entries(UNDECLARED[target]))
        known.set(Number(undeclared), { name, target });
    }
  }
  return known.get(code);
}

function targetOf(declared: number): RequestTarget {
  if (NAME_SERVER_CODES.includes(declared)) return 'name server';
  if (CONTROLLER_CODES.includes(declared)) return 'controller';
  if (CONTAINER_CODES.includes(declared)) return 'broker container';
  return CLIENT_CODES.includes(declared) ? 'client' : 'broker';
}

/**
 * Why a server does not serve a request, to follow Apache's text. `reasons` says more of requests that are for servers of
 * its kind.
 */
export function whyUnserved(
  code: number,
  server: 'broker' | 'name server' | 'controller',
  reasons: ReadonlyMap<number, string>,
): string {
  const request = knownRequest(code);
  if (request === undefined) return `RocketMQ 5.4.0 has no request of this code`;
  const { name, target } = request;
  const reason = reasons.get(code);
  if (reason !== undefined) return `${name} is not served, since ${reason}`;
  if (target === server) return `${name} is not served by this ${server}`;
  return `${name} is a request to ${target}s, and this is a ${server}; check the address that it was sent to`;
}
