import { ADD_WRITE_PERM_OF_BROKER, Perm, WIPE_WRITE_PERM_OF_BROKER } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { RouteTable } from './route-table.ts';
import { withoutWrite } from './topic-table.ts';

/**
 * Removes the write permission of a broker's topics (205), so that producers avoid it, and adds it again (327). Only this name server's copy changes: a
 * registration with a changed data version restores the broker's own permissions, and 327 sets "read and write"
 * whatever they were. Source: RouteInfoManager#operateWritePermOfBroker.
 */
export function serveWritePermission(server: RemotingServer, table: RouteTable): void {
  server.handle(WIPE_WRITE_PERM_OF_BROKER, (call) => {
    call.answer({ wipeTopicCount: table.topics.changePermissions(call.header.brokerName, withoutWrite) });
  });
  server.handle(ADD_WRITE_PERM_OF_BROKER, (call) => {
    const addTopicCount = table.topics.changePermissions(call.header.brokerName, () => Perm.READ | Perm.WRITE);
    call.answer({ addTopicCount });
  });
}
