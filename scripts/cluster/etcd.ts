import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { MemberPlan } from './member.ts';

/** Why there can't be a member that is etcd, in one line; undefined: there can. */
export function whyNoEtcd(): string | undefined {
  const { error } = spawnSync('etcd', ['--version'], { stdio: 'ignore' });
  return (
    error && `the set controller needs etcd, which can not be started (${error.message}): apt-get install etcd-server`
  );
}

/** One etcd on loopback. */
export function planEtcd(folder: string, port: number, peerPort: number): MemberPlan {
  const endpoint = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return {
    ...{ name: 'etcd', role: 'etcd', port, folder, lines: [] },
    program: () => [
      ...(['etcd', '--name', 'etcd', '--data-dir', join(folder, 'data'), '--logger', 'zap'] as const),
      ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `etcd=${peer}`],
    ],
    ready: /ready to serve client requests|serving client traffic/,
  };
}
