import type { PutResult, RecordInput } from '@rocketmq-ts/store';
import { SimulationFailure } from '../seeded/failure.ts';
import type { Batch, Put } from './plan.ts';
import { rawRecord } from './raw-record.ts';
import { IDS_AN_OPERATION, recordInput } from './record-input.ts';
import type { StoreModel } from './store-model.ts';
import { DELAY_LEVELS_MS, type StoreProcess } from './store-process.ts';

/** Puts messages, and reports to the model where they were stored and with which status. */
export class Producer {
  puts = 0;
  acknowledged = 0;
  readonly #model: StoreModel;
  readonly #trace: (line: string) => void;
  /** By the first id of a put that the store took: messages whose producer waits. */
  readonly #waiting = new Map<number, readonly number[]>();

  /** Ids of records that were appended raw and are not confirmed. */
  readonly #raw = new Set<number>();

  constructor(model: StoreModel, trace: (line: string) => void) {
    this.#model = model;
    this.#trace = trace;
  }

  put(process: StoreProcess, number: number, put: Put): void {
    const { store } = process;
    const id = number * IDS_AN_OPERATION;
    const input = recordInput(put, id, DELAY_LEVELS_MS);
    if (put.raw === true) return this.#appendRaw(process, put, id, input);
    const wait = put.noWait !== true;
    const result = store.put(input, this.#ticket(process, [id], wait), wait);
    const isTaken = result.status === 'PUT_OK';
    this.#trace(
      `put ${id} to ${input.topic} ${input.queueId}: ${result.status}${isTaken ? ` ${placeText(result)}` : ''}`,
    );
    if (!isTaken) return;
    this.#waiting.set(id, [id]);
    this.#remember(process, result, put, id, input);
  }

  #appendRaw(process: StoreProcess, put: Put, id: number, input: RecordInput): void {
    const { store } = process;
    const { bytes, ...place } = rawRecord(store, input, process.fileBytes, process.nowMs());
    const status = store.appendRaw(store.facts.appendOffset, bytes);
    this.#trace(`record ${id} of ${input.topic} ${input.queueId}: ${status} ${placeText(place)}`);
    if (status !== 'PUT_OK') return;
    this.#raw.add(id);
    this.#remember(process, place, put, id, input);
  }

  /** Finds out what became of records that were appended raw: they get no answer. What readers may see is promised. */
  followRaw(process: StoreProcess): void {
    const { appendOffset, confirmOffset } = process.store.facts;
    for (const id of this.#raw) {
      const endOffset = this.#model.endOf(id);
      if (endOffset <= confirmOffset) this.#model.acknowledged(id, process.flush === 'SYNC_FLUSH');
      else if (endOffset > appendOffset) this.#model.refused(id);
      else continue;
      this.#raw.delete(id);
    }
  }

  putBatch(process: StoreProcess, number: number, { topic, queueId, sizes }: Batch): void {
    const { store } = process;
    const ids = sizes.map((_, index) => number * IDS_AN_OPERATION + index);
    const puts = sizes.map((bytes): Put => ({ do: 'put', topic, queueId, bytes }));
    const inputs = puts.map((put, index) => recordInput(put, ids[index]!, DELAY_LEVELS_MS));
    const bytes = inputs.reduce((sum, input) => sum + input.body.length + input.properties.length + 22, 0);
    const ticket = this.#ticket(process, ids, true);
    const { status, records } = store.putBatch(inputs.length, bytes, (index) => inputs[index]!, ticket, true);
    for (const [index, result] of records.entries()) {
      this.#remember(process, result, puts[index]!, ids[index]!, inputs[index]!);
      this.#trace(`${ids[index]} of a batch ${placeText(result)}`);
    }
    this.#trace(`batch ${ids.join(',')} to ${topic} ${queueId}: ${status}`);
    if (status === 'PUT_OK') this.#waiting.set(ids[0]!, ids);
  }

  /** The process ended. One that was stopped in order has answered every put. */
  processEnded(inOrder: boolean): void {
    const ids = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    this.#raw.clear();
    if (inOrder && ids.length > 0) throw new SimulationFailure('unanswered', `${ids} got no answer`);
  }

  #ticket(process: StoreProcess, ids: readonly number[], wait: boolean): { stored: (status: string) => void } {
    return {
      stored: (status) => {
        this.#trace(`${ids.join(',')}: ${status}`);
        if (!this.#waiting.delete(ids[0]!)) throw new SimulationFailure('unasked', `${ids} are answered unasked`);
        if (status === 'PUT_OK') this.#stored(process, ids, wait);
        else for (const id of ids) this.#model.refused(id);
      },
    };
  }

  #stored(process: StoreProcess, ids: readonly number[], wait: boolean): void {
    if (process.store.facts.state === 'READ_ONLY') {
      throw new SimulationFailure('late answer', `${ids} acknowledged by a failed store`);
    }
    for (const id of ids) {
      if (wait && !process.isOnSlave(this.#model.endOf(id))) {
        throw new SimulationFailure('unreplicated', `${id} is acknowledged, and no slave holds it`);
      }
      this.acknowledged += 1;
      this.#model.acknowledged(id, process.flush === 'SYNC_FLUSH' && wait);
    }
  }

  #remember(
    process: StoreProcess,
    { queueOffset, physicalOffset, storedBytes, storeTimestamp }: Omit<PutResult, 'status'>,
    put: Put,
    id: number,
    { topic, queueId, properties }: { topic: string; queueId: number; properties: string },
  ): void {
    this.puts += 1;
    process.placed(physicalOffset + storedBytes);
    this.#model.placed({
      id,
      topic,
      queue: `${topic}@${queueId}`,
      inQueue: put.sysFlag === undefined,
      queueOffset,
      physicalOffset,
      endOffset: physicalOffset + storedBytes,
      storeTimestamp,
      bodyBytes: 8 + put.bytes,
      properties,
      survivesKill: false,
      survivesPowerLoss: false,
      isRefused: false,
      isForgotten: false,
      isDamaged: false,
    });
  }
}

function placeText({ physicalOffset, queueOffset }: Omit<PutResult, 'status'>): string {
  return `at ${physicalOffset}, queue offset ${queueOffset}`;
}
