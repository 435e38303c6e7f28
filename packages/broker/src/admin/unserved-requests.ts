import {
  ACK_MESSAGE,
  BATCH_ACK_MESSAGE,
  CHANGE_MESSAGE_INVISIBLETIME,
  type Command,
  GET_BROKER_EPOCH_CACHE,
  LITE_PULL_MESSAGE,
  NOTIFICATION,
  NOTIFY_BROKER_ROLE_CHANGED,
  PEEK_MESSAGE,
  POLLING_INFO,
  POP_MESSAGE,
  PULL_MESSAGE,
  QUERY_ASSIGNMENT,
  whyUnserved,
} from '@rocketmq-ts/protocol';

/** Declared requests that this broker deliberately does not serve, with the reason and what to do instead. */
const UNSERVED: readonly { readonly reason: string; readonly commands: readonly Command[] }[] = [
  {
    reason: 'this broker has no pop consumers yet; consume by pull (messageRequestMode PULL)',
    commands: [POP_MESSAGE, ACK_MESSAGE, BATCH_ACK_MESSAGE, CHANGE_MESSAGE_INVISIBLETIME],
  },
  {
    reason: 'on this broker consumers share out the queues themselves and pull; leave clientRebalance on',
    commands: [QUERY_ASSIGNMENT],
  },
];

const reasons = new Map(
  UNSERVED.flatMap(({ reason, commands }) => commands.map(({ code }) => [code, reason] as const)),
);
/** Served in controller mode, and refused with a reason outside of it. */
const IN_CONTROLLER_MODE = [GET_BROKER_EPOCH_CACHE, NOTIFY_BROKER_ROLE_CHANGED];
const NO_CONTROLLER = 'this broker is not in controller mode; set enableControllerMode and controllerAddr';
const reasonsOnListenPort = new Map([
  ...reasons,
  ...IN_CONTROLLER_MODE.map(({ code }) => [code, NO_CONTROLLER] as const),
]);

const ON_LISTEN_PORT = 'this port, two below listenPort, takes no pulls; ask the port two above it';
const reasonsOnFastPort = new Map([
  ...reasonsOnListenPort,
  ...[PULL_MESSAGE, LITE_PULL_MESSAGE, PEEK_MESSAGE, NOTIFICATION, POLLING_INFO].map(
    ({ code }) => [code, ON_LISTEN_PORT] as const,
  ),
]);

/** Codes of the requests that this broker does not serve on purpose, with the reason. */
export const unservedByBroker: ReadonlyMap<number, string> = reasons;

/** Why a port of this broker does not serve a request, for the answer with code 3. */
export function whyUnservedByBroker(port: 'listenPort' | 'fastPort'): (code: number) => string {
  const known = port === 'listenPort' ? reasonsOnListenPort : reasonsOnFastPort;
  return (code) => whyUnserved(code, 'broker', known);
}
