import { integer, text } from './field.ts';
import type { BrokerFailure } from './page.ts';
import { answer, route } from './route.ts';

export interface ControllerRow {
  readonly address: string;
  readonly isLeader: boolean;
  readonly group?: string | undefined;
  readonly leaderId?: string | undefined;
  readonly leaderAddress?: string | undefined;
  readonly peers?: string | undefined;
  readonly failure?: string | undefined;
}

export interface ReplicaRow {
  readonly brokerId: number;
  readonly address: string;
  readonly isMaster: boolean;
  readonly isInSync: boolean;
  readonly isAlive?: boolean | undefined;
}

/** The part of a log that was written while one broker was master. */
export interface EpochRow {
  readonly epoch: number;
  readonly startOffset: number;
  /** Undefined for the last one, which still grows. */
  readonly endOffset?: number | undefined;
}

export interface ReplicaGroup {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly masterBrokerId?: number | undefined;
  readonly masterAddress?: string | undefined;
  readonly masterEpoch: number;
  readonly syncStateSetEpoch: number;
  readonly replicas: readonly ReplicaRow[];
}

export interface BrokerEpochs {
  readonly brokerName: string;
  readonly brokerId: number;
  readonly maxOffset: number;
  readonly epochs: readonly EpochRow[];
}

export interface Controllers {
  readonly controllers: readonly ControllerRow[];
  readonly groups: readonly ReplicaGroup[];
  readonly failures: readonly BrokerFailure[];
}

export const CONTROLLER_ROUTES = {
  controllers: route('GET', '/clusters/:cluster/controllers', { answer: answer<Controllers>() }),
  brokerEpochs: route('GET', '/clusters/:cluster/brokers/:address/epochs', { answer: answer<BrokerEpochs>() }),
  electMaster: route('POST', '/clusters/:cluster/controllers/elect', {
    access: 'write',
    body: { brokerName: text({ max: 256 }), brokerId: integer({ min: 0 }) },
    answer: answer<{ readonly masterAddress: string; readonly masterEpoch: number }>(),
  }),
};
