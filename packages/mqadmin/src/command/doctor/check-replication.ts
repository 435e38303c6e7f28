import type { Finding } from './diagnoses.ts';
import { type BrokerFacts, nameOf, type Survey } from './survey.ts';

const MASTER_ID = 0;
/** Source: MessageStoreConfig#haMaxGapNotInSync. */
const BEHIND_BYTES = 256 * 1024 * 1024;
const MIB = 1024 * 1024;

/** Slaves: connected, near, and of the same log. */
export function checkReplication({ brokers }: Survey): Finding[] {
  const answering = brokers.filter(({ failure }) => failure === undefined);
  const diverged = answering.flatMap((broker): Finding[] => {
    const what = broker.status.get('replicationDivergence');
    return what === undefined ? [] : [{ id: 'LOGS_DIVERGED', subject: nameOf(broker), what }];
  });
  const masters = answering.filter(({ brokerId }) => brokerId === MASTER_ID);
  return [...diverged, ...masters.flatMap((master) => slavesOf(master, brokers))];
}

function slavesOf(master: BrokerFacts, brokers: readonly BrokerFacts[]): Finding[] {
  const { ha } = master;
  const slaves = brokers.filter(
    ({ brokerName, brokerId }) => brokerName === master.brokerName && brokerId !== MASTER_ID,
  );
  const findings: Finding[] = [];
  if (ha?.master === true) {
    const connected = ha.haConnectionInfo.length;
    if (connected < slaves.length) {
      const what = `${slaves.length} registered slaves, ${connected} copying`;
      findings.push({ id: 'SLAVE_NOT_CONNECTED', subject: nameOf(master), what });
    }
    for (const { addr, diff, inSync } of ha.haConnectionInfo) {
      if (inSync && diff < BEHIND_BYTES) continue;
      const what = `slave at ${addr} lacks ${(diff / MIB).toFixed(1)} MiB of the log`;
      findings.push({ id: 'SLAVE_BEHIND', subject: nameOf(master), what });
    }
    const needsSlave = master.config.get('brokerRole') === 'SYNC_MASTER';
    if (needsSlave && !ha.haConnectionInfo.some(({ inSync }) => inSync)) {
      findings.push({ id: 'SYNC_MASTER_ALONE', subject: nameOf(master), what: 'no slave is in sync' });
    }
  }
  return findings;
}
