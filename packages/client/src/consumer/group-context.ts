import type { Clock, Logger } from '@rocketmq-ts/kernel';
import type { ClientInstance } from '../instance/client-instance.ts';
import type { MessageExt } from '../message/message-ext.ts';
import type { OffsetStore } from '../offset/offset-store.ts';
import type { ConsumeTrace } from '../trace/consume-trace.ts';
import type { ConsumeStats } from './consume-stats.ts';
import type { PushConsumerSettings } from './consumer-options.ts';
import type { HeldMessage } from './held-message.ts';
import type { ProcessQueue } from './process-queue.ts';
import type { Subscriptions } from './subscriptions.ts';

/** What the parts of one running push consumer share. */
export interface GroupContext {
  readonly group: string;
  readonly settings: PushConsumerSettings;
  readonly instance: ClientInstance;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly subscriptions: Subscriptions;
  readonly offsets: OffsetStore;
  readonly stats: ConsumeStats;
  /** Undefined without message trace. */
  readonly trace: ConsumeTrace | undefined;
  /** Aborts when the consumer stops. */
  readonly stopping: AbortSignal;
  /** True while the user has suspended the consumer. */
  paused: boolean;
  /** Whether another process consumes for the group under our client id. */
  hasClientIdConflict(): boolean;
}

/** How messages get from a window to the listener. */
export interface ConsumeService {
  /** In the order of each queue, under the broker's lock. */
  readonly ordered: boolean;
  /** New messages are in the window. */
  submit(window: ProcessQueue, messages: readonly HeldMessage[]): void;
  /** Hands one message to the listener at once, out of turn; the result is only reported. */
  consumeDirectly(message: MessageExt): Promise<DirectResult>;
  /** Starts nothing new, and resolves when no call of the listener is under way. */
  drain(): Promise<void>;
}

/** The result of a listener call, which may have thrown. */
export interface DirectResult {
  readonly result: 'CR_SUCCESS' | 'CR_LATER' | 'CR_ROLLBACK' | 'CR_COMMIT' | 'CR_THROW_EXCEPTION' | 'CR_RETURN_NULL';
  readonly remark: string | undefined;
  readonly autoCommit: boolean;
}
