import { configTable, flagProperty, integerProperty } from '@rocketmq-ts/kernel';

/** Slaves that act for their absent master. Source: BrokerConfig, MessageStoreConfig. */
export const actingProperties = configTable({
  enableSlaveActingMaster: flagProperty(false, {
    meaning:
      'the slave with the smallest id that is alive does the work of an absent master: all of a replica group and its name servers (supportActingMaster) need it',
    waits:
      'Apache’s broker takes half of it at once: heartbeats and the look at the replica group are begun at its start.',
  }),
  enableRemoteEscape: flagProperty(false, {
    meaning:
      'what an acting slave delivers (delayed messages, timers, open transactions) is sent to another master of the cluster',
    change: 'live',
  }),
  totalReplicas: integerProperty(1, {
    meaning:
      'brokers of the replica group; with more than one and enableSlaveActingMaster a broker is known to name servers only after it has met the others',
    min: 1,
    waits: 'It is used at the start only; Apache’s broker counts it for locks with lockInStrictMode too.',
  }),
  disappearTimeAfterStart: integerProperty(-1, {
    meaning: 'name servers know a broker, and it delivers timer messages, only so long after its start; -1: at once',
    unit: 'ms',
    min: -1,
    max: 86_400_000,
  }),
  skipPreOnline: flagProperty(false, { meaning: 'a broker does not wait for the others of its replica group' }),
  brokerHeartbeatInterval: integerProperty(1000, {
    meaning: 'how often this broker reports to name servers that it is alive, with enableSlaveActingMaster',
    unit: 'ms',
    min: 100,
  }),
  brokerNotActiveTimeoutMillis: integerProperty(10_000, {
    meaning: 'silence after which name servers drop this broker, with enableSlaveActingMaster',
    unit: 'ms',
    min: 1000,
    change: 'live',
  }),
  syncBrokerMemberGroupPeriod: integerProperty(1000, {
    meaning: 'how often name servers are asked who is alive in the replica group',
    unit: 'ms',
    min: 100,
  }),
  compatibleWithOldNameSrv: flagProperty(true, {
    meaning: 'heartbeats and that question have the form that name servers of before 5.0 know',
    change: 'live',
  }),
});
