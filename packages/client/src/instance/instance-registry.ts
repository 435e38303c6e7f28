import { bracketedHost, localAddress, type Network, type Platform } from '@rocketmq-ts/kernel';
import type { ClientSettings } from '../options.ts';
import { buildClientId, DEFAULT_INSTANCE_NAME, processInstanceName } from './client-identity.ts';
import { ClientInstance } from './client-instance.ts';

interface Shared {
  readonly instance: ClientInstance;
  readonly started: Promise<void>;
  users: number;
}

/** One instance for each client id of a network; simulated networks share none. Source: MQClientManager. */
const instances = new WeakMap<Network, Map<string, Shared>>();
let namedInstances = 0;

/**
 * Returns the instance of a client id, started; it has the settings of its first user. Each call needs one `release`.
 * Without an instance name, `ownId` decides whether the client gets an id of its own.
 */
export async function acquireInstance(settings: ClientSettings, ownId: boolean): Promise<ClientInstance> {
  const { platform } = settings;
  const clientId = buildClientId(
    settings.clientIp ?? bracketedHost(localAddress(platform.network)),
    instanceName(settings, platform, ownId),
    settings.unitName,
  );
  const ofNetwork = instances.get(platform.network) ?? new Map<string, Shared>();
  instances.set(platform.network, ofNetwork);
  let shared = ofNetwork.get(clientId);
  if (shared === undefined) {
    const instance = new ClientInstance(clientId, settings);
    shared = { instance, started: instance.start(), users: 0 };
    ofNetwork.set(clientId, shared);
  }
  shared.users++;
  try {
    await shared.started;
  } catch (error) {
    await releaseInstance(shared.instance);
    throw error;
  }
  return shared.instance;
}

/** Ends the use of an instance; the last user stops it. */
export async function releaseInstance(instance: ClientInstance): Promise<void> {
  const ofNetwork = instances.get(instance.platform.network);
  const shared = ofNetwork?.get(instance.clientId);
  if (ofNetwork === undefined || shared === undefined || shared.instance !== instance) return;
  shared.users--;
  if (shared.users > 0) return;
  ofNetwork.delete(instance.clientId);
  await instance.stop();
}

function instanceName(settings: ClientSettings, platform: Platform, ownId: boolean): string {
  const given = settings.instanceName ?? DEFAULT_INSTANCE_NAME;
  if (!ownId || given !== DEFAULT_INSTANCE_NAME) return given;
  // The counter distinguishes clients that are started within one step of the clock.
  namedInstances++;
  return processInstanceName(process.pid, Math.floor(platform.clock.monotonicMs() * 1e6) + namedInstances);
}
