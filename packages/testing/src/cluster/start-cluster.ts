import { Cluster } from './cluster.ts';
import { type ClusterOptions, resolveOptions } from './options.ts';
import { ServerMaker } from './server-maker.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/**
 * Starts a name server and brokers in this process; resolves when clients can use them and the topics are made. Rejects with
 * TestingError `OPTION_ILLEGAL`, or with why a server refuses to start; then nothing is left.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const settings = resolveOptions(options);
  const maker = new ServerMaker(settings);
  let cluster: Cluster | undefined;
  try {
    const nameServer = await maker.nameServer();
    const names = Array.from({ length: settings.brokers }, (_, index) => `broker-${LETTERS[index]}`);
    const brokers = await Promise.all(names.map((name) => maker.broker(name, nameServer.address)));
    cluster = new Cluster(maker, nameServer, brokers);
    await cluster.start(settings);
    return cluster;
  } catch (error) {
    // The failure of the start is what the caller wants to know.
    await (cluster ?? { stop: () => maker.close() }).stop().catch(() => {});
    throw error;
  }
}
