import { AdminError } from '@rocketmq-ts/admin';
import type { BrokerResult } from '../api/index.ts';
import { reasonOf } from '../http/failure.ts';
import { type BrokerTarget, masterOf } from './broker-target.ts';

/** A change that this console does not try on a broker, with the reason. */
export class Declined extends Error {}

/**
 * Makes a change on the master of each broker name, one after the other, and goes on after a failure. `write` resolves to what
 * is remarked of a success; `Declined` and `AdminError` are a broker's result, everything else is thrown: a defect.
 */
export async function writeEach(
  brokers: readonly BrokerTarget[],
  write: (address: string, broker: BrokerTarget) => Promise<string | undefined>,
): Promise<BrokerResult[]> {
  const results: BrokerResult[] = [];
  for (const broker of brokers) results.push(await writeOne(broker, (address) => write(address, broker)));
  return results;
}

/** The same for one broker name. */
export async function writeOne(
  broker: BrokerTarget,
  write: (address: string) => Promise<string | undefined>,
): Promise<BrokerResult> {
  const { brokerName } = broker;
  const address = masterOf(broker);
  if (address === undefined) {
    const [slave] = broker.addresses;
    const message =
      slave === undefined ? 'it is not registered any more' : 'it has no master now: slaves take no changes';
    return { brokerName, address: slave?.address ?? '', ok: false, message };
  }
  try {
    const message = await write(address);
    return { brokerName, address, ok: true, ...(message === undefined ? {} : { message }) };
  } catch (error) {
    if (error instanceof Declined || error instanceof AdminError)
      return { brokerName, address, ok: false, message: reasonOf(error) };
    throw error;
  }
}
