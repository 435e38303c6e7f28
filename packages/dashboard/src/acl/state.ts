import { type Admin, AdminError, ResponseCode } from '@rocketmq-ts/admin';
import type { AccountBroker } from '../api/index.ts';
import type { BrokerTarget } from '../targets/broker-target.ts';
import type { Looked } from '../targets/topic-place.ts';

/** What a broker says that has no store of accounts. Source: AuthenticationMetadataManagerImpl, AuthorizationMetadataManagerImpl. */
const HAS_NONE = 'MetadataProvider is not configured';

/** In plain words: brokers refuse with a remark that does not say so. */
export const WHY_NONE: Readonly<Record<Exclude<AccountBroker['state'], 'kept'>, string>> = {
  notConfigured: 'this broker keeps no accounts: its authenticationMetadataProvider is not set',
  ignored: 'this broker keeps no accounts, although its authenticationMetadataProvider is set',
  unsupported: 'this broker keeps no accounts: its version is older than 5.3 and knows none',
};

/** What a broker does with accounts, and what of them it has; `[]` where it keeps none. Throws `AdminError`. */
export async function accountsOn<Kept>(
  looked: Looked,
  address: string,
  { brokerName, cluster }: BrokerTarget,
  read: () => Promise<Kept[]>,
): Promise<{ readonly broker: AccountBroker; readonly kept: readonly Kept[] }> {
  const of = (state: AccountBroker['state'], config: ReadonlyMap<string, string>): AccountBroker => ({
    ...{ brokerName, cluster, address, state },
    authentication: flagOf(config, 'authenticationEnabled'),
    authorization: flagOf(config, 'authorizationEnabled'),
  });
  try {
    const kept = await read();
    return { broker: of('kept', looked.model.brokers.get(address)?.config ?? new Map()), kept };
  } catch (error) {
    if (!(error instanceof AdminError) || error.code !== 'REFUSED') throw error;
    if (error.responseCode === ResponseCode.REQUEST_CODE_NOT_SUPPORTED)
      return { broker: of('unsupported', new Map()), kept: [] };
    const config = await configOn(looked, address, error);
    if (hasStore(config)) {
      if (!error.remark.includes(HAS_NONE)) throw error;
      return { broker: of('ignored', config), kept: [] };
    }
    return { broker: of('notConfigured', config), kept: [] };
  }
}

/**
 * Why a change of accounts can't be made on a broker; undefined: it can be tried. Apache's broker only says that there was an
 * error.
 */
export async function whyNone(looked: Looked, address: string): Promise<string | undefined> {
  const config = await configOn(looked, address, undefined).catch(() => undefined);
  return config === undefined || hasStore(config) ? undefined : WHY_NONE.notConfigured;
}

/** As it was collected, else as the broker says now. `refusal` is what is thrown when it does not say. */
async function configOn(
  { admin, model }: { readonly admin: Pick<Admin, 'brokerConfig'>; readonly model: Looked['model'] },
  address: string,
  refusal: unknown,
): Promise<ReadonlyMap<string, string>> {
  const collected = model.brokers.get(address)?.config;
  if (collected !== undefined && collected.size > 0) return collected;
  try {
    return await admin.brokerConfig(address);
  } catch (error) {
    throw refusal ?? error;
  }
}

function hasStore(config: ReadonlyMap<string, string>): boolean {
  return (config.get('authenticationMetadataProvider') ?? '').trim() !== '';
}

function flagOf(config: ReadonlyMap<string, string>, key: string): boolean | undefined {
  const value = config.get(key);
  return value === undefined ? undefined : value.trim() === 'true';
}
