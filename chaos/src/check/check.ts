import type { HistoryEvent } from '../history/events.ts';
import {
  checkDelivered,
  checkEarly,
  checkOrderly,
  checkProgress,
  checkTransactions,
  isDeliveryOpen,
} from './delivery-check.ts';
import { Ledger } from './ledger.ts';
import type { Expectations, Verdict } from './promises.ts';
import { checkCopies, checkKept, checkOffsets, checkOrder, checkReplicas, checkVisible } from './stored-check.ts';

/** Holds a whole history against the promises. It knows nothing of the product: neither its code nor its files. */
export function check(events: readonly HistoryEvent[], expectations: Expectations): Verdict {
  const ledger = new Ledger(events, expectations);
  checkKept(ledger);
  checkOffsets(ledger);
  checkVisible(ledger);
  checkOrder(ledger);
  checkCopies(ledger);
  checkReplicas(ledger);
  checkDelivered(ledger);
  checkEarly(ledger);
  checkTransactions(ledger);
  checkOrderly(ledger);
  checkProgress(ledger);
  checkService(ledger);
  return ledger.verdict();
}

/** Whether consumers have something left to do, by what was read of the queues. */
export function isSomethingOpen(events: readonly HistoryEvent[], expectations: Expectations): boolean {
  return isDeliveryOpen(new Ledger(events, expectations));
}

/** Sends are taken again, and nothing died meanwhile. */
function checkService(ledger: Ledger): void {
  const { faultsOverAt, expectations } = ledger;
  ledger.check('alive');
  for (const event of ledger.events) {
    if (event.t === 'died') ledger.violation('alive', `${event.node} ended by itself: ${event.how}`);
  }
  if (faultsOverAt === undefined) {
    ledger.violation('available', 'the faults did not end');
    return;
  }
  for (const broker of expectations.brokers) {
    // In some sets nobody takes the place of a master whose machine is gone.
    if (ledger.lossy.has(broker) && !expectations.replacesLost) continue;
    ledger.check('available');
    let first = Number.POSITIVE_INFINITY;
    for (const sent of ledger.sents) {
      const began = ledger.sendings.get(sent.id)?.at ?? 0;
      if (sent.broker === broker && sent.status === 'SEND_OK' && began >= faultsOverAt)
        first = Math.min(first, sent.at);
    }
    const tookMs = first - faultsOverAt;
    if (tookMs <= expectations.availableWithinMs) continue;
    const when = Number.isFinite(tookMs) ? `only after ${Math.round(tookMs)} ms` : 'not any more';
    ledger.violation('available', `${broker} took sends ${when}; the bound is ${expectations.availableWithinMs} ms`);
  }
}
