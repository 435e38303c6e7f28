import { type Clock, type Service, sleep, systemErrorCode, type Timer } from '@rocketmq-ts/kernel';
import { knownRequest, ResponseCode } from '@rocketmq-ts/protocol';
import type { IncomingRequest, Refusal, RemotingServer } from '@rocketmq-ts/remoting';
import type { MessageStore } from '@rocketmq-ts/store';
import { BrokerError } from './errors.ts';
import type { GroupTable } from './group/group-table.ts';
import type { HeldRequests } from './hold/held-requests.ts';
import type { OffsetTable } from './offset/offset-table.ts';
import type { TopicTable } from './topic/topic-table.ts';

/** Answers that are under way when the broker stops get so long at the most to go out. */
const DRAIN_MS = 300;
const DRAIN_STEP_MS = 20;

/**
 * A port that is served. Where it is in use or not permitted, the error names it and the property, since it may be the port two
 * below the configured one; other errors are the system's.
 */
export function listening(server: RemotingServer, port: number): Service {
  return {
    start: async () => {
      try {
        await server.start();
      } catch (error) {
        const code = systemErrorCode(error);
        if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
        const problem = code === 'EACCES' ? 'may not be opened by this user' : 'is in use by another process';
        throw new BrokerError(
          'PORT_IN_USE',
          `port ${port} ${problem}: set listenPort in the file given with -c (that port and the one two below it are used)`,
          { cause: error },
        );
      }
    },
    stop: () => server.stop(),
  };
}

/** Saves the tables when the broker stops, after everything that changes them has. */
export function tableSaver(topics: TopicTable, groups: GroupTable, offsets: OffsetTable, timer: Timer): Service {
  return {
    start: () => {},
    stop: async () => {
      timer.cancel();
      await Promise.all([topics.save(), groups.save(), offsets.save()]);
    },
  };
}

/** Before the ports close: no new work, held requests answered, a moment for what is under way. */
export function drainer(
  servers: readonly RemotingServer[],
  held: HeldRequests,
  store: MessageStore,
  clock: Clock,
): Service {
  return {
    start: () => {},
    stop: async () => {
      for (const server of servers) server.intercept({ before: refuseSinceStopping });
      held.answerAll();
      await Promise.all(servers.map((server) => server.stopAccepting()));
      const deadline = clock.monotonicMs() + DRAIN_MS;
      do await sleep(clock, DRAIN_STEP_MS);
      while (store.facts.unconfirmedBytes > 0 && clock.monotonicMs() < deadline);
    },
  };
}

function refuseSinceStopping({ code }: IncomingRequest): Refusal {
  const name = knownRequest(code)?.name ?? `request ${code}`;
  return {
    code: ResponseCode.SERVICE_NOT_AVAILABLE,
    remark: `the broker is stopping and does not serve ${name}; ask another one, or again after its start`,
  };
}
