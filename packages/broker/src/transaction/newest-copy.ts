import { PropertySlot, PropertyTable, readStoredRecord, type StoredRecord, SystemTopic } from '@rocketmq-ts/protocol';
import type { MessageStore } from '@rocketmq-ts/store';

const { UNIQ_KEY, PGROUP } = PropertySlot;
const MOST_COPIES = 64;

/**
 * The newest copy of a half message that checks of an earlier life of the broker stored, found by its unique key; undefined when
 * there is none, or no index. `done` may run in the same turn.
 */
export function findNewestCopy(
  store: Pick<MessageStore, 'query'>,
  half: StoredRecord,
  done: (copy: StoredRecord | undefined) => void,
): void {
  const table = new PropertyTable().read(half.properties, 'latin1');
  const key = table.value(UNIQ_KEY);
  const group = table.value(PGROUP);
  if (key === undefined) return done(undefined);
  const query = {
    ...({ topic: SystemTopic.TRANS_HALF, key, kind: 'KEY', maxNum: MOST_COPIES } as const),
    ...{ begin: 0, end: Number.MAX_SAFE_INTEGER, abandoned: () => false },
  };
  store.query(query, ({ records }) => {
    let newest: StoredRecord | undefined;
    for (const bytes of records) {
      const copy = readStoredRecord(bytes);
      if (copy === undefined || copy.queueId !== half.queueId || copy.queueOffset <= half.queueOffset) continue;
      // Others may have chosen the same key.
      const isSame =
        copy.bornTimestamp === half.bornTimestamp &&
        copy.bornHost.equals(half.bornHost) &&
        table.read(copy.properties, 'latin1').value(PGROUP) === group;
      if (isSame && copy.queueOffset > (newest?.queueOffset ?? -1)) newest = copy;
    }
    done(newest);
  });
}
