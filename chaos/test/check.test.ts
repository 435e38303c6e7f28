import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { check, isSomethingOpen } from '../src/check/check.ts';
import { promiseNames } from '../src/check/promises.ts';
import type { HistoryEvent, Sending } from '../src/history/events.ts';
import {
  brokenBy,
  changedBy,
  expectations,
  goodHistory,
  isHandled,
  isSent,
  isStored,
  place,
  stored,
} from './history.ts';

test('a history without a fault breaks no promise, and each promise has something to check', () => {
  const { checked, violations } = check(goodHistory(), expectations);
  assert.deepEqual(violations, []);
  for (const name of promiseNames) assert.ok(checked[name] > 0, `nothing was checked for ${name}`);
});

test('something is open as long as a stored message was not handled by a group', () => {
  assert.equal(isSomethingOpen(goodHistory(), expectations), false);
  const late = [...goodHistory(), stored(6, 'm6')];
  assert.equal(isSomethingOpen(late, expectations), true);
});

describe('the checker finds', () => {
  test('an acknowledged message that is gone from the end of its queue', () => {
    const events = changedBy((event) => {
      if (isStored(event, 5)) return [];
      return event.t === 'ends' ? [{ ...event, max: 5 }] : [event];
    });
    assert.deepEqual(brokenBy(events), ['kept', 'visible']);
  });

  test('an acknowledged message that is gone from the middle: others moved up', () => {
    const events = changedBy((event) => {
      if (event.t === 'ends') return [{ ...event, max: 5 }];
      if (event.t !== 'stored' || event.offset < 2) return [event];
      return event.offset === 2 ? [] : [{ ...event, offset: event.offset - 1 }];
    });
    const broken = brokenBy(events);
    for (const promise of ['kept', 'offsets', 'visible'] as const) assert.ok(broken.includes(promise), promise);
  });

  test('an acknowledged delayed message that is in no queue', () => {
    const delayed: HistoryEvent[] = [
      { t: 'sending', at: 1, id: 'd', copies: 0 },
      { t: 'sent', at: 2, id: 'd', status: 'SEND_OK', placed: false, ...place(99) },
    ];
    assert.deepEqual(brokenBy([...goodHistory(), ...delayed]), ['delivered', 'kept']);
  });

  test('a broker name of which nothing could be read', () => {
    const events = changedBy((event) =>
      event.t === 'phase' && event.name === 'read' ? [{ ...event, survivors: {} }] : [event],
    );
    assert.ok(brokenBy(events).includes('kept'));
  });

  test('other bytes than were sent', () => {
    const events = changedBy((event) => (isStored(event, 1) ? [{ ...event, intact: false }] : [event]));
    assert.deepEqual(brokenBy(events), ['kept', 'replicas']);
  });

  test('an offset that is given to another message later', () => {
    const again: HistoryEvent[] = [
      { t: 'sending', at: 500, id: 'other', copies: 1 },
      { t: 'sent', at: 501, id: 'other', status: 'SEND_OK', placed: true, ...place(3) },
    ];
    assert.deepEqual(brokenBy([...goodHistory(), ...again]), ['delivered', 'kept', 'offsets']);
  });

  test('an offset that had another message when a consumer was given it, without any answer', () => {
    const events = changedBy((event) =>
      isHandled(event, 'plain', 4) ? [event, { ...event, at: 41, id: 'lost', ok: false }] : [event],
    );
    events.push({ t: 'sending', at: 1, id: 'lost', copies: 1 });
    assert.deepEqual(brokenBy(events), ['offsets']);
  });

  test('a gap in a queue', () => {
    const unanswered = changedBy((event) =>
      isSent(event, 2) || isStored(event, 2) || ('id' in event && event.id === 'm2') ? [] : [event],
    );
    assert.ok(brokenBy(unanswered).includes('offsets'));
  });

  test('two messages that changed places, though the first was answered before the second was sent', () => {
    const swap = (offset: number): number => (offset === 1 ? 2 : offset === 2 ? 1 : offset);
    const events = changedBy((event) => {
      if (event.t === 'stored' || event.t === 'sent') return [{ ...event, offset: swap(event.offset) }];
      if (event.t === 'handled') {
        // In the order of the queue: so that only the order of sends is wrong.
        const id = `m${swap(event.offset)}`;
        return [{ ...event, id, at: event.at + (event.offset === 1 ? 10 : 0) }];
      }
      return event.t === 'progress' && event.offset === 2 ? [{ ...event, at: event.at + 20 }] : [event];
    });
    assert.deepEqual(brokenBy(events), ['order']);
  });

  test('no fault in two messages that changed places while both were under way', () => {
    const events: HistoryEvent[] = [
      { t: 'sending', at: 500, id: 'x', copies: 1 },
      { t: 'sending', at: 501, id: 'y', copies: 1 },
      { t: 'sent', at: 502, id: 'y', status: 'SEND_OK', placed: true, ...place(6) },
      { t: 'sent', at: 503, id: 'x', status: 'SEND_OK', placed: true, ...place(7) },
    ];
    const all = [...goodHistory(), ...events].flatMap((event): HistoryEvent[] => {
      if (event.t !== 'ends') return [event];
      return [stored(6, 'y', event.node), stored(7, 'x', event.node), { ...event, max: 8 }];
    });
    assert.deepEqual(brokenBy(all), ['delivered']);
  });

  test('more copies than requests, and a message that was never sent', () => {
    const more = (id: string): HistoryEvent[] =>
      changedBy((event) => {
        if (event.t !== 'ends') return [event];
        return [stored(6, id, event.node), { ...event, max: 7 }];
      });
    assert.deepEqual(brokenBy(more('m1')), ['copies']);
    assert.deepEqual(brokenBy(more('foreign')), ['copies', 'delivered']);
  });

  test('no fault in a second copy of a message for which two requests were made', () => {
    const events = changedBy((event): HistoryEvent[] => {
      if (event.t === 'sending' && event.id === 'm5') return [{ ...event, copies: 2 }];
      return event.t === 'ends' ? [stored(6, 'm5', event.node), { ...event, max: 7 }] : [event];
    });
    assert.deepEqual(brokenBy(events), []);
  });

  test('a message that a group never handled, though it failed once', () => {
    const never = changedBy((event) => (isHandled(event, 'plain', 5) ? [{ ...event, ok: false }] : [event]));
    assert.deepEqual(brokenBy(never), ['delivered']);
  });

  test('an orderly group that was given a message before the one in front of it', () => {
    const early = changedBy((event) => (isHandled(event, 'ordered', 4) ? [{ ...event, at: 32.5 }] : [event]));
    assert.deepEqual(brokenBy(early), ['orderly']);
  });

  test('an orderly group that passed over a message which failed', () => {
    const passed = changedBy((event) => {
      if (!isHandled(event, 'ordered', 2)) return [event];
      return [
        { ...event, ok: false },
        { ...event, at: 200 },
      ];
    });
    assert.deepEqual(brokenBy(passed), ['orderly', 'progress']);
  });

  test('no fault in an orderly group that is given messages again after a restart', () => {
    const again = changedBy((event) => (isHandled(event, 'ordered', 1) ? [event, { ...event, at: 48 }] : [event]));
    assert.deepEqual(brokenBy(again), []);
  });

  test('progress that is ahead of what was handled', () => {
    const ahead = changedBy((event) =>
      event.t === 'progress' && event.group === 'plain' && event.offset === 3 ? [{ ...event, offset: 4 }] : [event],
    );
    assert.deepEqual(brokenBy(ahead), ['progress']);
    const unhandled = changedBy((event) => (isHandled(event, 'ordered', 5) ? [] : [event]));
    assert.deepEqual(brokenBy(unhandled), ['delivered', 'progress']);
  });

  test('a message that consumers were given, and that is gone, though no producer had an answer', () => {
    const events = changedBy((event) => {
      if (isSent(event, 5) || isStored(event, 5)) return [];
      if (event.t === 'ends') return [{ ...event, max: 5 }];
      return event.t === 'phase' && event.name === 'faults over' ? [{ ...event, at: 35 }] : [event];
    });
    assert.deepEqual(brokenBy(events), ['visible']);
  });

  test('a slave that has other messages, and one that did not catch up', () => {
    const other = changedBy((event) =>
      isStored(event, 3) && event.node === 'broker-a.1' ? [{ ...event, id: 'm9' }] : [event],
    );
    assert.deepEqual(brokenBy(other), ['replicas']);
    const behind = changedBy((event) => {
      if (!('node' in event) || event.node !== 'broker-a.1') return [event];
      if (isStored(event, 5)) return [];
      return event.t === 'ends' ? [{ ...event, max: 5 }] : [event];
    });
    assert.deepEqual(brokenBy(behind), ['replicas']);
  });

  test('a broker that takes sends too late, or not any more, and faults that never ended', () => {
    const late = changedBy((event) => (isSent(event, 5) ? [{ ...event, at: 2000 }] : [event]));
    assert.deepEqual(brokenBy(late), ['available']);
    const refused = changedBy((event) =>
      isSent(event, 5) ? [{ ...event, status: 'FLUSH_SLAVE_TIMEOUT' as const }] : [event],
    );
    assert.deepEqual(brokenBy(refused), ['available']);
    const endless = changedBy((event) => (event.t === 'phase' && event.name === 'faults over' ? [] : [event]));
    assert.deepEqual(brokenBy(endless), ['available']);
  });

  test('a server that ended by itself', () => {
    assert.deepEqual(brokenBy([...goodHistory(), { t: 'died', at: 7, node: 'broker-a.0', how: 'exit code 1' }]), [
      'alive',
    ]);
  });
});

describe('delayed messages and transactions', () => {
  const sendingOf = (changed: Partial<Sending>): HistoryEvent[] =>
    changedBy((event) => (event.t === 'sending' && event.id === 'm2' ? [{ ...event, ...changed }] : [event]));

  test('a delayed message that came in time, and one that came early', () => {
    assert.deepEqual(brokenBy(sendingOf({ delayMs: 2 })), []);
    // Handled 2 ms after its send; a precision of 100 ms is allowed for.
    assert.deepEqual(brokenBy(sendingOf({ delayMs: 103 })), ['early']);
    assert.deepEqual(brokenBy(sendingOf({ delayMs: 103 }), { clocksMove: true }), []);
  });

  test('a message of a transaction that was rolled back', () => {
    assert.deepEqual(brokenBy(sendingOf({ rolledBack: true })), ['transactions']);
  });
});

describe('when the disk of a master was lost', () => {
  /** The slave has all but the last message, which was answered as `status` says. */
  const lossOf = (status: 'SEND_OK' | 'FLUSH_SLAVE_TIMEOUT'): HistoryEvent[] =>
    changedBy((event) => {
      if (event.t === 'phase' && event.name === 'faults over') return [{ ...event, lost: ['broker-a.0'] }];
      if (event.t === 'phase' && event.name === 'read') return [{ ...event, survivors: { 'broker-a': 'broker-a.1' } }];
      if (event.t === 'stored' || event.t === 'ends') {
        if (event.node === 'broker-a.0' || isStored(event, 5)) return [];
        return event.t === 'ends' ? [{ ...event, max: 5 }] : [event];
      }
      return isSent(event, 5) ? [{ ...event, status }] : [event];
    });

  test('what was answered with SEND_OK must be on its slave', () => {
    assert.deepEqual(brokenBy(lossOf('SEND_OK')), ['kept']);
  });

  test('what was answered as not replicated may be gone, also when consumers had seen it', () => {
    assert.deepEqual(brokenBy(lossOf('FLUSH_SLAVE_TIMEOUT')), []);
  });

  test('what that machine alone had may be gone, and its groups may have passed the place of what comes next', () => {
    const late: HistoryEvent[] = [
      { t: 'sending', at: 70, id: 'late', copies: 1 },
      { t: 'sent', at: 71, id: 'late', status: 'SEND_OK', placed: true, ...place(5) },
    ];
    const events = lossOf('SEND_OK').flatMap((event): HistoryEvent[] =>
      event.t === 'ends' ? [{ ...event, max: 6 }, stored(5, 'late', 'broker-a.1')] : [event],
    );
    assert.deepEqual(brokenBy([...events, ...late]), ['delivered', 'kept', 'offsets']);
    assert.deepEqual(brokenBy([...events, ...late], { survivesLostDisk: false }), []);
  });

  test('its delayed messages must be delivered by the slave', () => {
    const delayed: HistoryEvent[] = [
      { t: 'sending', at: 1, id: 'd', copies: 0 },
      { t: 'sent', at: 2, id: 'd', status: 'SEND_OK', placed: false, ...place(99) },
    ];
    const events = [...lossOf('FLUSH_SLAVE_TIMEOUT'), ...delayed];
    assert.deepEqual(brokenBy(events), ['delivered', 'kept']);
  });

  test('another message may have the place of one that was not replicated', () => {
    const again = lossOf('FLUSH_SLAVE_TIMEOUT').flatMap((event): HistoryEvent[] =>
      event.t === 'ends' ? [{ ...event, max: 6 }, stored(5, 'late', 'broker-a.1')] : [event],
    );
    const late: HistoryEvent[] = [
      { t: 'sending', at: 70, id: 'late', copies: 1 },
      { t: 'sent', at: 71, id: 'late', status: 'SEND_OK', placed: true, ...place(5) },
      ...['plain', 'ordered'].map(
        (group): HistoryEvent => ({
          ...{ t: 'handled', at: 75, id: 'late', group, member: 'c', ok: true, retried: false },
          ...place(5),
        }),
      ),
    ];
    assert.deepEqual(brokenBy([...again, ...late]), []);
  });

  test('sends must be taken where another takes its place', () => {
    assert.deepEqual(brokenBy(lossOf('FLUSH_SLAVE_TIMEOUT'), { replacesLost: true }), ['available']);
  });

  test('with failover, what consumers had seen must be there, and sends must be taken', () => {
    assert.deepEqual(brokenBy(lossOf('FLUSH_SLAVE_TIMEOUT'), { failover: true, replacesLost: true }), [
      'available',
      'visible',
    ]);
  });
});
