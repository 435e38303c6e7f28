import { checkDelivered, checkNothingInvented } from './delivery-check.ts';
import type { ClusterEvent, HistoryFacts } from './history.ts';
import { checkRecalls, checkReplies, checkTransactions } from './kind-check.ts';
import { checkReadOrder, checkStoredOrder } from './order-check.ts';
import { checkOrderlyGroups } from './orderly-check.ts';
import { checkProgress } from './progress-check.ts';
import { checkDelays, checkRetries } from './time-check.ts';

/** Holds a history that has come to rest against what a cluster promises. Throws a SimulationFailure. */
export function checkHistory(events: readonly ClusterEvent[], facts: HistoryFacts): void {
  checkSoFar(events, facts);
  checkDelivered(events, facts);
}

/** Holds any part of a history against what must never be. Throws a SimulationFailure. */
export function checkSoFar(events: readonly ClusterEvent[], facts: HistoryFacts): void {
  checkNothingInvented(events, facts);
  checkStoredOrder(events, facts);
  checkReadOrder(events, facts);
  checkOrderlyGroups(events, facts);
  checkDelays(events);
  checkTransactions(events);
  checkRecalls(events, facts);
  checkReplies(events, facts);
  checkRetries(events, facts);
  checkProgress(events, facts);
}
