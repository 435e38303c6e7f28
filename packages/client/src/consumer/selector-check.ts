import { CHECK_CLIENT_CONFIG, encodeCheckClientRequestBody, MASTER_ID, ResponseCode } from '@rocketmq-ts/protocol';
import { BrokerError, ClientError } from '../errors.ts';
import type { GroupSettings } from './consumer-options.ts';
import type { GroupContext } from './group-context.ts';

/**
 * Asks the brokers of each topic with an SQL92 expression whether they take it. Rejects with ClientError `FILTER_REFUSED` when one
 * does not; a broker that can't be asked is only logged, and asked again by the next start.
 * Source: MQClientInstance#checkClientInBroker, which asks one of them.
 */
export async function checkSelectors(context: GroupContext<GroupSettings>): Promise<void> {
  const { subscriptions } = context;
  const selectors = subscriptions.describe().filter(({ expressionType }) => expressionType === 'SQL92');
  await Promise.all(
    selectors.map(async (subscriptionData) => {
      const addresses = brokersOf(context, subscriptionData.topic);
      await Promise.all(Array.from(addresses, (address) => check(context, address, subscriptionData)));
    }),
  );
}

function brokersOf({ instance }: GroupContext<GroupSettings>, topic: string): ReadonlySet<string> {
  const names = new Set(instance.routes.subscribeQueues(topic)?.map(({ brokerName }) => brokerName));
  const masters = instance.routes.brokerAddresses().filter(({ brokerId }) => brokerId === MASTER_ID);
  return new Set(masters.filter(({ brokerName }) => names.has(brokerName)).map(({ address }) => address));
}

async function check(
  { instance, settings, group, logger }: GroupContext<GroupSettings>,
  address: string,
  subscriptionData: ReturnType<GroupContext<GroupSettings>['subscriptions']['describe']>[number],
): Promise<void> {
  const { topic, subString } = subscriptionData;
  const request = { clientId: instance.clientId, group, namespace: undefined, subscriptionData };
  const { requestTimeoutMs: timeoutMs } = settings;
  let response: { readonly code: number; readonly remark: string | undefined };
  try {
    const body = encodeCheckClientRequestBody(request);
    response = await instance.remoting.request(address, CHECK_CLIENT_CONFIG, {}, { timeoutMs, body });
  } catch (error) {
    logger.warn('a broker could not be asked whether it takes an SQL92 expression', { address, topic, error });
    return;
  }
  if (response.code === ResponseCode.SUCCESS) return;
  const cause = new BrokerError('The check of an SQL92 expression', address, response, { topic });
  const advice = isSwitchedOff(response) ? ' Set enablePropertyFilter=true in the configuration of the broker.' : '';
  throw new ClientError(
    'FILTER_REFUSED',
    `The SQL92 expression ${JSON.stringify(subString.slice(0, 200))} for topic ${topic} is refused. ${cause.message}${advice}`,
    { cause, facts: { topic, expression: subString, address, responseCode: response.code, remark: cause.remark } },
  );
}

/** Apache's broker names no property. Source: ClientManageProcessor#checkClientConfig. */
function isSwitchedOff({ code }: { readonly code: number }): boolean {
  return code === ResponseCode.SYSTEM_ERROR;
}
