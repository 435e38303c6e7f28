import type { PropertyTable } from '@rocketmq-ts/protocol';
import type { PutMessageStatus, PutTicket, RecordInput } from '@rocketmq-ts/store';
import type { PlacedKind } from './place.ts';

/** Where a slave that acts as master puts what it may not put into its own log: at another master. `Escape` is one. */
export interface RemotePlace {
  /**
   * own: this broker's log takes what it moves. remote: another master does. none: no place takes it now, since this broker is a
   * slave and may send nothing elsewhere.
   */
  readonly where: 'own' | 'remote' | 'none';
  /**
   * Sends a message to another master, which places it: `input` is for the topic that consumers read, or is the half message
   * or the timer that waits for it. The ticket gets the outcome. Anything but PUT_OK: it was not sent.
   */
  put(input: RecordInput, properties: PropertyTable, kind: PlacedKind, ticket: PutTicket): PutMessageStatus;
}
