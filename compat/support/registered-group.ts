import assert from 'node:assert/strict';
import {
  BROKER_HEARTBEAT,
  CONTROLLER_ALTER_SYNC_STATE_SET,
  CONTROLLER_APPLY_BROKER_ID,
  CONTROLLER_ELECT_MASTER,
  CONTROLLER_REGISTER_BROKER,
  type Command,
  encodeSyncStateSet,
  type RequestInput,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import { remotingClient } from './controller-script.ts';

/** A group of three brokers that are there only by their requests to a controller. */
export interface RegisteredGroup {
  readonly clusterName: string;
  readonly brokerName: string;
  /** Its brokers' connections end. */
  stop(): Promise<void>;
}

/** Broker 1 is master of epoch 1 and in sync with 2; both live for a minute. Broker 3 has an id and was never there. */
export async function registerGroup(controller: string, brokerName: string): Promise<RegisteredGroup> {
  const client = await remotingClient();
  const group = { clusterName: 'C', brokerName };
  const ask = async <C extends Command>(command: C, header: RequestInput<C>, body?: Buffer): Promise<void> => {
    const { code, remark } = await client.request(controller, command, header, { timeoutMs: 5000, body });
    assert.equal(code, ResponseCode.SUCCESS, `${command.name}: ${remark}`);
  };
  for (const brokerId of [1, 2, 3]) {
    const registerCheckCode = `10.0.0.${brokerId}:1;1`;
    await ask(CONTROLLER_APPLY_BROKER_ID, { ...group, appliedBrokerId: brokerId, registerCheckCode });
  }
  for (const brokerId of [1, 2]) {
    const brokerAddress = `10.0.0.${brokerId}:1`;
    await ask(CONTROLLER_REGISTER_BROKER, { ...group, brokerId, brokerAddress });
    const heartbeatTimeoutMills = 60_000;
    const heartbeat = { ...group, brokerAddr: brokerAddress, brokerId, epoch: 1, maxOffset: 1, heartbeatTimeoutMills };
    await ask(BROKER_HEARTBEAT, heartbeat);
  }
  await ask(CONTROLLER_ELECT_MASTER, { ...group, brokerId: 1 });
  const set = encodeSyncStateSet({ syncStateSet: [1, 2], syncStateSetEpoch: 1 });
  await ask(CONTROLLER_ALTER_SYNC_STATE_SET, { brokerName, masterBrokerId: 1, masterEpoch: 1 }, set);
  return { ...group, stop: async () => void (await client.stop()) };
}
