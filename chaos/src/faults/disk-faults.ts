import { NodeDisk } from '../nodes/disk.ts';
import { groupName } from '../nodes/names.ts';
import type { ChaosNode } from '../nodes/node.ts';
import { type FaultKind, isMaster, oneBroker } from './fault.ts';

function diskOf(node: ChaosNode): NodeDisk {
  if (node.disk === undefined) throw new Error(`${node.name} has no disk of its own`);
  return node.disk;
}

const each = async (nodes: readonly ChaosNode[], work: (node: ChaosNode, disk: NodeDisk) => Promise<void> | void) => {
  await Promise.all(nodes.map((node) => work(node, diskOf(node))));
};

export const diskFaults: readonly FaultKind[] = [
  {
    name: 'full-disk',
    what: "another program takes all that is left of a broker's disk, and gives it back",
    parts: ['disk'],
    choose: oneBroker,
    async begin(_fault, nodes) {
      await each(nodes, (_node, disk) => disk.ballast.fill());
      return 'ballast until ENOSPC';
    },
    end: (_fault, nodes) => each(nodes, (_node, disk) => disk.ballast.free()),
  },
  {
    name: 'stalled-disk',
    what: "every write to a broker's disk waits (the file system is frozen)",
    // A process that waits for its disk can't be killed, so nothing else is done to it.
    parts: ['disk', 'process'],
    lastsMs: [1000, 12_000],
    choose: oneBroker,
    async begin(_fault, nodes) {
      await each(nodes, (_node, disk) => disk.freeze());
      return 'fsfreeze';
    },
    end: (_fault, nodes) => each(nodes, (_node, disk) => disk.thaw()),
  },
  {
    name: 'slow-disk',
    what: "a broker's syncs and writes reach the disk at a few KB/s (a limit of its control group)",
    parts: ['disk', 'process'],
    choose: oneBroker,
    async begin(fault, nodes, { owner }) {
      if (!NodeDisk.canThrottle()) return 'nothing: this kernel has no blkio throttle (cgroup v1)';
      const kilobytes = 8 + Math.floor(fault.dice * 120);
      await each(nodes, (node, disk) => disk.throttle(groupName(owner, node.name), node.pid, kilobytes * 1024));
      return `${kilobytes} KB/s by blkio.throttle`;
    },
    end: async (_fault, nodes, { owner }) => {
      if (NodeDisk.canThrottle()) await each(nodes, (node, disk) => disk.unthrottle(groupName(owner, node.name)));
    },
  },
  {
    name: 'read-only',
    what: 'the file system of a broker turns read-only: after an error in it (SYNC_FLUSH), or found so at a start (ASYNC_FLUSH)',
    parts: ['disk', 'process'],
    choose: oneBroker,
    async begin(fault, nodes, { flush }) {
      if (flush === 'SYNC_FLUSH') {
        await each(nodes, (_node, disk) => disk.breakToReadOnly());
        return 'an error in the file system, errors=remount-ro';
      }
      // An error would drop what is written and not yet on the disk, which ASYNC_FLUSH does not promise.
      await each(nodes, async (node, disk) => {
        node.forbid(fault.name);
        await node.kill();
        await disk.unmount();
        await disk.mount('ro');
        // Whether it starts on such a disk is its own decision.
        node.allow(fault.name, 0).catch(() => {});
      });
      return 'killed, and started on a read-only file system';
    },
    end: (fault, nodes) =>
      each(nodes, async (node, disk) => {
        node.forbid(fault.name);
        await node.kill();
        await disk.unmount();
        await disk.mount('rw');
        await node.allow(fault.name);
      }),
  },
  {
    name: 'lost-disk',
    what: "a master's machine is lost with its disk; it never comes back, or its slave is restarted as the master and it comes back empty as the slave",
    parts: ['disk', 'process', 'partition', 'loss', 'shape', 'clock'],
    isFinal: true,
    choose: (random, { members, survivesLostDisk, promotesSlaves, failover }) => {
      if (!survivesLostDisk && !promotesSlaves) return undefined;
      const lost = random.pick(members.filter(isMaster));
      // Nothing else happens to the others of its group then: of the in-sync set one must be left that can be elected.
      const others = members.filter(({ name, broker }) => broker === lost.broker && name !== lost.name);
      if (failover) return [lost.name, ...others.map(({ name }) => name)];
      const slave = members.find(({ broker, brokerId }) => broker === lost.broker && brokerId === 1);
      return promotesSlaves && slave !== undefined ? [lost.name, slave.name] : [lost.name];
    },
    async begin(fault, nodes, { failover, takeSends }) {
      // SEND_OK says that more than one is in the set; an election makes the new master the only one for a while.
      if (failover && !(await takeSends())) return 'nothing: the group has no second broker that is in sync';
      await each(nodes.slice(0, 1), async (node, disk) => {
        node.forbid(fault.name);
        node.loseDisk();
        await node.kill();
        await disk.lose();
      });
      return 'SIGKILL, disk removed';
    },
    async end(fault, [lost, slave], { promote, failover }) {
      if (failover || lost === undefined || slave === undefined) return;
      slave.forbid(fault.name);
      await slave.stop();
      await promote(slave, lost);
      await slave.allow(fault.name);
      await lost.allow(fault.name);
    },
  },
];
