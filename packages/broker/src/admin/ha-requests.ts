import { encodeHaRuntimeInfo, GET_BROKER_HA_STATUS, RESET_MASTER_FLUSH_OFFSET } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'store'>;

/** Replication as `mqadmin haStatus` asks for it: this broker is a master that has no slaves. */
export function serveHaRequests(server: RemotingServer, { store }: Parts): void {
  server.handle(GET_BROKER_HA_STATUS, (call) =>
    call.answer(
      {},
      {
        body: encodeHaRuntimeInfo({
          masterCommitLogMaxOffset: store.facts.appendOffset,
          inSyncSlaveNums: 0,
          haConnectionInfo: [],
        }),
      },
    ),
  );
  // Only slaves act on it; a master accepts it and does nothing. Source: AdminBrokerProcessor#resetMasterFlushOffset.
  server.handle(RESET_MASTER_FLUSH_OFFSET, (call) => call.answer({}));
}
