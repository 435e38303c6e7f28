import { join } from 'node:path';
import {
  type ApacheServer,
  brokerIsRegistered,
  brokerPortOffsets,
  freePort,
  startApacheBroker,
  startApacheNamesrv,
} from '@rocketmq-ts/testkit/java';
import { openTap, type Tap, type TappedFrame } from './tap.ts';

/** Apache's name server and broker behind taps. */
export interface TappedCluster {
  /** Name server as clients and mqadmin see it, tapped. */
  readonly namesrv: string;
  readonly broker: string;
  /** Name of the program that the next connections belong to. */
  opener: string;
  restartBroker(javaOptions: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** The address behind the taps; all of 127.0.0.0/8 is this machine on Linux, where the recorder is meant to run. */
const hidden = '127.0.0.2';

export async function startTappedCluster(
  home: string,
  baseJavaOptions: readonly string[],
  onFrame: (frame: TappedFrame) => void,
): Promise<TappedCluster> {
  const taps: Tap[] = [];
  const state = { opener: 'nobody' };
  const tap = async (port: number, forwardPort: number, target: string, opener: () => string): Promise<void> => {
    taps.push(await openTap({ port, forwardHost: hidden, forwardPort, target, opener, onFrame }));
  };
  const namesrv = await startApacheNamesrv({ home: join(home, 'namesrv'), properties: { bindAddress: hidden } });
  const forBroker = await freePort();
  const forClients = await freePort();
  await tap(forBroker, namesrv.port, 'namesrv', () => 'broker');
  await tap(forClients, namesrv.port, 'namesrv', () => state.opener);
  const brokerPort = await freePort(brokerPortOffsets);
  await tap(brokerPort, brokerPort, 'broker', () => state.opener);
  await tap(brokerPort - 2, brokerPort - 2, 'broker', () => state.opener);
  const boot = async (javaOptions: readonly string[]): Promise<ApacheServer> => {
    const broker = await startApacheBroker({
      home: join(home, 'broker'),
      javaOptions,
      namesrv: `127.0.0.1:${forBroker}`,
      port: brokerPort,
      awaitRegistration: false,
      properties: { bindAddress: hidden, haListenPort: brokerPort + 1, mappedFileSizeCommitLog: 67108864 },
    });
    // Asked past the taps: this question is not Apache's.
    await brokerIsRegistered(`${hidden}:${namesrv.port}`, `127.0.0.1:${brokerPort}`, 60_000);
    return broker;
  };
  let broker = await boot(baseJavaOptions);
  return {
    namesrv: `127.0.0.1:${forClients}`,
    broker: `127.0.0.1:${brokerPort}`,
    get opener() {
      return state.opener;
    },
    set opener(name) {
      state.opener = name;
    },
    async restartBroker(javaOptions) {
      await broker.stop(60_000);
      broker = await boot([...baseJavaOptions, ...javaOptions]);
    },
    async stop() {
      await broker.stop(60_000);
      await namesrv.stop();
      for (const each of taps) await each.close();
    },
  };
}
