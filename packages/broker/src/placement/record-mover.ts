import { tagCode } from '@rocketmq-ts/filter';
import { PROPERTIES_MAX_BYTES, PropertySlot, type PropertyTable, type StoredRecord } from '@rocketmq-ts/protocol';
import type { PutResult, PutTicket, RecordInput } from '@rocketmq-ts/store';
import type { Refusal } from '../refusal.ts';
import type { StoredPlace } from '../stats/broker-stats.ts';
import { sysFlagOfMove } from './classify.ts';
import type { PlacedKind, Placement } from './place.ts';
import type { RecordPuts } from './put.ts';
import type { Place } from './real-place.ts';
import type { RemotePlace } from './remote-place.ts';

/** The queue that a stored record is for now, and which of its fields change; those that are left out stay. */
export interface Move extends Place, PlacedKind {
  readonly reconsumeTimes?: number;
  /**
   * False: stored is what is written, without a slave or the flush; for what comes again after a loss, since its progress is saved
   * behind the flushed log only. Default true.
   */
  readonly waits?: boolean;
  /** As it is in records. */
  readonly storeHost?: Uint8Array;
  /** Default: that of the record, see `sysFlagOfMove`. */
  readonly sysFlag?: number;
  /** Physical offset of the half message that is committed. Default 0, also for a record that has one, as in Apache's moves. */
  readonly preparedTransactionOffset?: number;
}

/** A record that was moved, and where it is stored. */
export interface MovedRecord extends PutResult, StoredPlace {
  /** Why no place takes it; its status is MESSAGE_ILLEGAL then. Never for a move that asks for no timer. */
  readonly refusal?: Refusal | undefined;
}

const NOWHERE = Object.freeze({ queueOffset: -1, physicalOffset: -1, storedBytes: 0, storeTimestamp: -1 });
const REFUSED_PUT: PutResult = Object.freeze({ ...NOWHERE, status: 'MESSAGE_ILLEGAL', storedBytes: -1 });

/**
 * Stores records once more that the broker itself moves: retries, dead letters, delayed messages that are due. Bytes are
 * copied; only the properties that were changed in the table differ. Where this broker acts for its absent master they are stored
 * at another one (`RemotePlace`), and have no place here.
 */
export class RecordMover {
  readonly #placement: Placement;
  readonly #puts: RecordPuts;
  readonly #remote: RemotePlace;
  readonly #queueInReach: (topic: string, queueId: number) => number;

  /** `queueInReach`: the queue that consumers read, for one that was chosen earlier and may not exist any more. */
  constructor(
    placement: Placement,
    puts: RecordPuts,
    remote: RemotePlace,
    queueInReach: (topic: string, queueId: number) => number,
  ) {
    this.#placement = placement;
    this.#puts = puts;
    this.#remote = remote;
    this.#queueInReach = queueInReach;
  }

  /**
   * As `MessageStore.put`. `properties`: those of the record, as bytes, with what is to change. Without a delay a record whose
   * changed properties are too long keeps those that it has; with one it is refused.
   */
  move(record: StoredRecord, properties: PropertyTable, move: Move, ticket: PutTicket): MovedRecord {
    const tags = properties.value(PropertySlot.TAGS);
    const input: RecordInput = {
      topic: move.topic,
      queueId: this.#queueInReach(move.topic, move.queueId),
      flag: record.flag,
      sysFlag: move.sysFlag ?? sysFlagOfMove(record.sysFlag),
      bornTimestamp: record.bornTimestamp,
      bornHost: record.bornHost,
      storeHost: move.storeHost ?? record.storeHost,
      reconsumeTimes: move.reconsumeTimes ?? record.reconsumeTimes,
      preparedTransactionOffset: move.preparedTransactionOffset ?? 0,
      body: record.body,
      properties: '',
      charset: properties.charset,
      tagsCode: tagCode(tags),
      delayMs: undefined,
      uniqueKey: properties.value(PropertySlot.UNIQ_KEY) ?? '',
      keys: properties.value(PropertySlot.KEYS) ?? '',
      tags: tags ?? '',
    };
    if (this.#remote.where !== 'own') return this.#moveElsewhere(input, properties, move, ticket);
    const refusal = this.#placement.place(input, properties, move);
    if (refusal !== undefined)
      return { ...REFUSED_PUT, refusal, storedTopic: input.topic, storedQueueId: input.queueId };
    const text = properties.text();
    input.properties = move.delayLevel <= 0 && text.length > PROPERTIES_MAX_BYTES ? record.properties : text;
    const put = this.#puts.put(input, ticket, move.waits ?? true);
    return { ...put, storedTopic: input.topic, storedQueueId: input.queueId };
  }

  /**
   * Makes the topic that a later move is for, where that would make it: until then no client finds this broker by it, and so no
   * producer of its half messages.
   */
  prepare({ topic, queueId }: Place): void {
    if (this.#remote.where === 'own') this.#queueInReach(topic, queueId);
  }

  /** True where what is moved is stored at another master, so that nothing here says which records were moved. */
  get movesElsewhere(): boolean {
    return this.#remote.where === 'remote';
  }

  #moveElsewhere(input: RecordInput, properties: PropertyTable, move: Move, ticket: PutTicket): MovedRecord {
    const status = this.movesElsewhere ? this.#remote.put(input, properties, move, ticket) : 'SERVICE_NOT_AVAILABLE';
    return { ...NOWHERE, status, storedTopic: input.topic, storedQueueId: input.queueId };
  }
}
