import { type PropertyTable, ResponseCode } from '@rocketmq-ts/protocol';
import type { RecordInput } from '@rocketmq-ts/store';
import type { TimerQueues } from '../placement/place.ts';
import { Refusal } from '../refusal.ts';

/** Where messages wait that are for a time of their own. */
export class TimerPlaces implements TimerQueues {
  park(_input: RecordInput, _properties: PropertyTable): Refusal | undefined {
    return new Refusal(
      ResponseCode.MESSAGE_ILLEGAL,
      'this broker serves delay levels but no timer properties yet; use the DELAY level of the message',
    );
  }
}
