import { BROKER_HEARTBEAT, CONTROLLER_GET_METADATA_INFO, ResponseCode } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { Peers } from '../config/peers.ts';
import type { Leadership } from '../leadership/leadership.ts';
import { type LiveBrokers, MAX_LIVE_BROKERS } from '../live/live-brokers.ts';

interface EveryControllerParts {
  readonly live: LiveBrokers;
  /** Known after the start where the configuration names none. */
  readonly peers: () => Pick<Peers, 'group' | 'all'>;
  readonly leadership: () => Leadership | undefined;
}

/** Lowest priority of a broker that names none: the lower, the sooner it is elected. Source: DefaultBrokerHeartbeatManager. */
const NO_PRIORITY = 2_147_483_647;

/** What every controller answers, whether it leads or not. Source: ControllerRequestProcessor. */
export function serveEveryController(server: RemotingServer, { live, peers, leadership }: EveryControllerParts): void {
  server.handle(BROKER_HEARTBEAT, (call) => {
    const { clusterName, brokerName, brokerId, epoch, maxOffset, heartbeatTimeoutMills, electionPriority } =
      call.header;
    if (brokerId === undefined) {
      return call.fail(ResponseCode.CONTROLLER_INVALID_REQUEST, 'Heart beat with empty brokerId');
    }
    const isKept = live.heartbeat({
      clusterName,
      brokerName,
      brokerId,
      timeoutMs: heartbeatTimeoutMills,
      epoch: epoch ?? -1,
      maxOffset: maxOffset ?? -1,
      electionPriority: electionPriority ?? NO_PRIORITY,
      connection: call.connection,
    });
    if (isKept) return call.answer({}, { remark: 'Heart beat success' });
    call.fail(ResponseCode.SYSTEM_BUSY, `this controller keeps heartbeats of ${MAX_LIVE_BROKERS} brokers`);
  });
  server.handle(CONTROLLER_GET_METADATA_INFO, (call) => {
    const { group, all } = peers();
    const lead = leadership();
    const leader = lead?.leader;
    call.answer({
      group,
      controllerLeaderId: leader?.id,
      controllerLeaderAddress: leader?.address,
      isLeader: lead?.term !== undefined,
      peers: all.map(({ id, address }) => `${id}:${address};`).join(''),
    });
  });
}
