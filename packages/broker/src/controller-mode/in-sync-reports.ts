import { asError, type Logger } from '@rocketmq-ts/kernel';
import {
  CONTROLLER_ALTER_SYNC_STATE_SET,
  decodeSyncStateSet,
  encodeSyncStateSet,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { Controllers } from './controllers.ts';
import type { ReplicaSides } from './replica-sides.ts';

export interface InSyncReportsParts {
  readonly logger: Logger;
  readonly controllers: Controllers;
  readonly sides: ReplicaSides;
  readonly brokerName: string;
}

/** Asks the controller for another in-sync set, one request at a time. Source: ReplicasManager#doReportSyncStateSetChanged. */
export class InSyncReports {
  readonly #parts: InSyncReportsParts;
  #brokerId = 0;
  #masterEpoch = 0;
  #setEpoch = 0;
  #isUnderway = false;
  #isWishedAgain = false;

  constructor(parts: InSyncReportsParts) {
    this.#parts = parts;
  }

  get setEpoch(): number {
    return this.#setEpoch;
  }

  /** This broker is master, or still so in a new epoch. */
  begin(brokerId: number, masterEpoch: number, setEpoch: number): void {
    this.#brokerId = brokerId;
    this.#masterEpoch = masterEpoch;
    this.#setEpoch = setEpoch;
  }

  /** The controller has said who is in the set; one that is older than what is known counts for nothing. */
  take(ids: readonly number[], setEpoch: number): void {
    const { sides, logger } = this.#parts;
    if (setEpoch <= this.#setEpoch || !sides.master.isMaster) return;
    this.#setEpoch = setEpoch;
    logger.info('the in-sync set', { ids: ids.join(','), setEpoch });
    sides.master.setInSync(ids);
  }

  /** The set should be another one, or may be: it is looked at. */
  wish(): void {
    this.#isWishedAgain = true;
    if (!this.#isUnderway) void this.#ask();
  }

  async #ask(): Promise<void> {
    const { sides, logger } = this.#parts;
    this.#isUnderway = true;
    try {
      while (this.#isWishedAgain) {
        this.#isWishedAgain = false;
        const wanted = sides.master.wantedSet();
        if (wanted !== undefined) await this.#askFor(wanted);
      }
    } catch (error) {
      logger.warn('the controller does not change the in-sync set; it is tried again', { error: asError(error) });
    } finally {
      this.#isUnderway = false;
    }
  }

  async #askFor(ids: readonly number[]): Promise<void> {
    const { controllers, sides, brokerName, logger } = this.#parts;
    sides.master.askInSync(ids);
    const masterEpoch = this.#masterEpoch;
    const header = { brokerName, masterBrokerId: this.#brokerId, masterEpoch };
    const body = encodeSyncStateSet({ syncStateSet: ids, syncStateSetEpoch: this.#setEpoch });
    const response = await controllers.ask(CONTROLLER_ALTER_SYNC_STATE_SET, header, body);
    if (masterEpoch !== this.#masterEpoch || !sides.master.isMaster) return;
    if (response.code !== ResponseCode.SUCCESS) {
      const { code, remark } = response;
      logger.warn('the controller refuses another in-sync set', { ids: ids.join(','), code, remark });
      return;
    }
    const { syncStateSet, syncStateSetEpoch } = decodeSyncStateSet(response.body);
    this.take(syncStateSet, syncStateSetEpoch);
  }
}
