import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import {
  BROKER_HEARTBEAT,
  CLEAN_BROKER_DATA,
  CONTROLLER_ALTER_SYNC_STATE_SET,
  CONTROLLER_APPLY_BROKER_ID,
  CONTROLLER_ELECT_MASTER,
  CONTROLLER_GET_METADATA_INFO,
  CONTROLLER_GET_NEXT_BROKER_ID,
  CONTROLLER_GET_REPLICA_INFO,
  CONTROLLER_GET_SYNC_STATE_DATA,
  CONTROLLER_REGISTER_BROKER,
  type Command,
  encodeBrokerNames,
  encodeSyncStateSet,
  type RequestInput,
} from '@rocketmq-ts/protocol';
import { createRemotingClient, type RemotingClient } from '@rocketmq-ts/remoting';

const group = { clusterName: 'C', brokerName: 'broker-s' };

/** A remoting client of this process, started. */
export async function remotingClient(): Promise<RemotingClient> {
  const client = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
  await client.start();
  return client;
}

/** What a controller answers to a script of requests, a line each: title, code, remark, header, body. Its own address is written as SELF. */
export async function controllerAnswers(address: string): Promise<string[]> {
  const client = await remotingClient();
  const lines: string[] = [];
  const ask = async <C extends Command>(
    title: string,
    command: C,
    header: RequestInput<C>,
    body?: Buffer,
  ): Promise<void> => {
    const answer = await client.request(address, command, header, { timeoutMs: 5000, body });
    const fields = Object.entries(answer.extFields)
      .map(([key, value]) => `${key}=${value}`)
      .sort();
    const parts = [title, answer.code, answer.remark ?? '', fields.join(' '), answer.body.toString()];
    lines.push(parts.join(' | ').replaceAll(address, 'SELF'));
  };
  const heartbeat = (brokerId: number, maxOffset: number): Promise<void> =>
    ask(`heartbeat of ${brokerId}`, BROKER_HEARTBEAT, {
      ...group,
      ...{ brokerAddr: `10.0.0.${brokerId}:1`, brokerId, epoch: 1, maxOffset, heartbeatTimeoutMills: 60_000 },
    });
  const apply = (title: string, appliedBrokerId: number, registerCheckCode: string): Promise<void> =>
    ask(title, CONTROLLER_APPLY_BROKER_ID, { ...group, appliedBrokerId, registerCheckCode });
  const register = (title: string, brokerId: number, brokerAddress: string): Promise<void> =>
    ask(title, CONTROLLER_REGISTER_BROKER, { ...group, brokerId, brokerAddress });
  const alter = (title: string, set: number[], setEpoch: number, masterEpoch: number, masterBrokerId = 1) =>
    ask(
      title,
      CONTROLLER_ALTER_SYNC_STATE_SET,
      { brokerName: group.brokerName, masterBrokerId, masterEpoch },
      encodeSyncStateSet({ syncStateSet: set, syncStateSetEpoch: setEpoch }),
    );
  const elect = (title: string, brokerId: number, designateElect = false): Promise<void> =>
    ask(title, CONTROLLER_ELECT_MASTER, { ...group, brokerId, designateElect });
  const state = (title: string): Promise<void> =>
    ask(title, CONTROLLER_GET_SYNC_STATE_DATA, {}, encodeBrokerNames([group.brokerName, 'nobody']));
  const clean = (title: string, ids: string | undefined, isCleanLivingBroker: boolean): Promise<void> =>
    ask(title, CLEAN_BROKER_DATA, { ...group, brokerControllerIdsToClean: ids, isCleanLivingBroker });

  await ask('metadata', CONTROLLER_GET_METADATA_INFO, {});
  await ask('unknown group', CONTROLLER_GET_REPLICA_INFO, { brokerName: group.brokerName });
  await register('unknown group registers', 1, '10.0.0.1:1');
  await elect('unknown group elects', 1);
  await alter('unknown group alters', [1], 0, 0);
  await clean('unknown group is cleaned', undefined, false);
  await ask('first id', CONTROLLER_GET_NEXT_BROKER_ID, group);
  await apply('second id first', 2, '10.0.0.2:1;5');
  await apply('first id', 1, '10.0.0.1:1;5');
  await apply('first id again', 1, '10.0.0.1:1;5');
  await apply('first id of another', 1, '10.0.0.2:1;6');
  await ask('second id', CONTROLLER_GET_NEXT_BROKER_ID, group);
  await apply('second id', 2, '10.0.0.2:1;6');
  await apply('third id', 3, '10.0.0.3:1;6');
  await register('registers', 1, '10.0.0.1:1');
  await register('registers with another address', 2, '10.0.0.22:1');
  await register('unknown id registers', 9, '10.0.0.9:1');
  await ask('before an election', CONTROLLER_GET_REPLICA_INFO, { brokerName: group.brokerName });
  await ask('heartbeat without id', BROKER_HEARTBEAT, { ...group, brokerAddr: '10.0.0.1:1' });
  await heartbeat(1, 100);
  await heartbeat(2, 50);
  await elect('first election', 1);
  await elect('second election', 2);
  await ask('after an election', CONTROLLER_GET_REPLICA_INFO, { brokerName: group.brokerName });
  await register('a slave registers', 2, '10.0.0.22:1');
  await state('state after the election');
  await alter('set with another', [1, 2], 1, 1);
  await alter('same set', [2, 1], 2, 1);
  await alter('old set epoch', [1], 1, 1);
  await alter('old master epoch', [1], 2, 0);
  await alter('not the master', [1], 2, 1, 2);
  await alter('unknown member', [1, 2, 7], 2, 1);
  await alter('dead member', [1, 2, 3], 2, 1);
  await alter('without the master', [2], 2, 1);
  await elect('designates a dead one', 3, true);
  await elect('designates the master', 1, true);
  await elect('designates another', 2, true);
  await state('state after that');
  await clean('a living broker is cleaned', '1', false);
  await clean('a living group is cleaned', undefined, false);
  await clean('ids that are none', 'x', false);
  await clean('a dead broker is cleaned', '3', false);
  await state('state after that');
  await clean('a living group is cleaned by force', undefined, true);
  await state('state after that');
  await client.stop();
  return lines;
}
