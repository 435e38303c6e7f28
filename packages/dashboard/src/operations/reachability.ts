import { AdminError } from '@rocketmq-ts/admin';
import { type Clock, CodedError, parseEndpoint, systemErrorCode } from '@rocketmq-ts/kernel';
import type { Reachability } from '../api/index.ts';
import type { Cluster } from '../clusters/registry.ts';
import { reasonOf } from '../http/failure.ts';

type Place = Omit<Reachability, 'latencyMs' | 'failure' | 'hint'>;
type Outcome = Pick<Reachability, 'latencyMs' | 'failure' | 'hint'>;

/** Asks every address of a cluster now, all at the same time, each within the time limit of a request. Never rejects. */
export async function reachabilityOf(cluster: Cluster, clock: Pick<Clock, 'monotonicMs'>): Promise<Reachability[]> {
  const { admin, model, namesrvAddresses } = cluster;
  const probe = async (place: Place, ask: () => Promise<unknown>): Promise<Reachability> => ({
    ...place,
    ...(await reach(ask, clock, (error) => hintOf(place, error, namesrvAddresses))),
  });
  return await Promise.all([
    ...namesrvAddresses.map((address) =>
      probe({ role: 'nameServer', address }, () => admin.nameServerConfigOf(address)),
    ),
    ...[...model.brokers.values()].flatMap(({ brokerName, brokerId, address }) => {
      const place = { brokerName, brokerId };
      const vip = vipAddress(address);
      return [
        probe({ role: 'broker', ...place, address }, () => admin.brokerRuntimeInfo(address)),
        ...(vip === undefined
          ? []
          : [probe({ role: 'brokerVip', ...place, address: vip }, () => admin.brokerRuntimeInfo(vip))]),
      ];
    }),
    ...model
      .controllers()
      .map((address) => probe({ role: 'controller', address }, () => admin.controllerMetaData(address))),
  ]);
}

/** Asks one address, within the time limit of the request. Never rejects. */
export async function reach(
  ask: () => Promise<unknown>,
  clock: Pick<Clock, 'monotonicMs'>,
  hint: (error: unknown) => Reachability['hint'],
): Promise<Outcome> {
  const beganMs = clock.monotonicMs();
  try {
    await ask();
    return { latencyMs: clock.monotonicMs() - beganMs };
  } catch (error) {
    // A refusal is an answer: the address is reached.
    if (error instanceof AdminError && error.code === 'REFUSED') return { latencyMs: clock.monotonicMs() - beganMs };
    // About one name server the sentence of the connection says it all.
    const isOfOne = error instanceof AdminError && error.code === 'NO_NAME_SERVER' && error.cause instanceof Error;
    return { failure: reasonOf(isOfOne ? error.cause : error), hint: hint(error) };
  }
}

/** Where clients with the VIP channel go. Source: MixAll#brokerVIPChannel. */
function vipAddress(address: string): string | undefined {
  const colon = address.lastIndexOf(':');
  const port = Number(address.slice(colon + 1)) - 2;
  return port > 0 ? `${address.slice(0, colon)}:${port}` : undefined;
}

/** What most often is the reason of a failure. */
function hintOf(place: Place, error: unknown, nameServers: readonly string[]): Reachability['hint'] {
  const hint = connectionHint(error);
  if (hint === 'name' || hint === 'hangs') return hint;
  if (place.role === 'broker' || place.role === 'brokerVip') {
    const isFar = nameServers.some((each) => !isLoopback(each));
    if (isLoopback(place.address) && isFar) return 'loopback';
    // What the broker announces may be an address inside of its container or of another network card.
    if (hint !== 'notRunning') return 'brokerIP1';
  }
  return hint;
}

/** What the failure itself says of its reason. */
export function connectionHint(error: unknown): 'name' | 'hangs' | 'notRunning' | 'firewall' {
  const code = systemCode(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name';
  // A connection was made, and no answer came.
  if (isTimeout(error)) return 'hangs';
  return code === 'ECONNREFUSED' ? 'notRunning' : 'firewall';
}

function isTimeout(error: unknown): boolean {
  for (let each: unknown = error; each instanceof Error; each = each.cause)
    if (each instanceof CodedError && each.code === 'REQUEST_TIMEOUT') return true;
  return false;
}

function isLoopback(address: string): boolean {
  const host = parseEndpoint(address)?.host ?? '';
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** The system's code of the deepest cause that has one. */
function systemCode(error: unknown): string | undefined {
  let found: string | undefined;
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    const code = systemErrorCode(each);
    if (code?.startsWith('E')) found = code;
  }
  return found;
}
