import type { Clock, Logger } from '@rocketmq-ts/kernel';
import type { PULL_MESSAGE } from '@rocketmq-ts/protocol';
import type { ClientInstance } from '../instance/client-instance.ts';
import type { Watcher } from '../instrumentation/watch.ts';
import type { MessageExt } from '../message/message-ext.ts';
import type { OffsetStore } from '../offset/offset-store.ts';
import type { ConsumerStatusEvent } from '../status/status-events.ts';
import type { StatusHub } from '../status/status-hub.ts';
import type { ConsumeTrace } from '../trace/consume-trace.ts';
import type { ConsumeStats } from './consume-stats.ts';
import type { GroupSettings, PushConsumerSettings } from './consumer-options.ts';
import type { HeldMessage } from './held-message.ts';
import type { ProcessQueue } from './process-queue.ts';
import type { Subscriptions } from './subscriptions.ts';

/** How the queues of a consumer are pulled. */
export interface PullStyle {
  readonly command: typeof PULL_MESSAGE;
  /** Bits of `PullSysFlag` that every pull has. */
  readonly sysFlag: number;
  /** How long brokers may hold a pull that finds nothing, and how long it is waited for. */
  readonly suspendMs: number;
  readonly timeoutMs: number;
  /** Whether pulls bring the offset in memory to the broker, and the expression. */
  readonly commits: boolean;
  readonly postsSubscription: boolean;
}

/** What the parts of one running consumer share; those of all kinds of consumers read `GroupSettings` only. */
export interface GroupContext<Settings extends GroupSettings = PushConsumerSettings> {
  readonly group: string;
  readonly settings: Settings;
  readonly pulling: PullStyle;
  readonly instance: ClientInstance;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly subscriptions: Subscriptions;
  readonly offsets: OffsetStore;
  readonly stats: ConsumeStats;
  readonly status: StatusHub<ConsumerStatusEvent>;
  /** Undefined without message trace. */
  readonly trace: ConsumeTrace | undefined;
  /** Undefined without instrumentation. */
  readonly watcher: Watcher | undefined;
  /** Aborts when the consumer stops. */
  readonly stopping: AbortSignal;
  /** True while the user has suspended the consumer. */
  paused: boolean;
  /** Whether another process consumes for the group under our client id. */
  hasClientIdConflict(): boolean;
}

/** Where pulled messages wait to be consumed. */
export interface PulledMessages {
  /** In the order of each queue, under the broker's lock. */
  readonly ordered: boolean;
  /** No queue is pulled while all of them together have too much here. */
  readonly full: boolean;
  /** New messages are in the window. */
  submit(window: ProcessQueue, messages: readonly HeldMessage[]): void;
}

/** How messages get from a window to the listener. */
export interface ConsumeService extends PulledMessages {
  /** Hands one message to the listener at once, out of turn; the result is only reported. */
  consumeDirectly(message: MessageExt<unknown>): Promise<DirectResult>;
  /** Starts nothing new, and resolves when no call of the listener is under way. */
  drain(): Promise<void>;
}

/** The result of a listener call, which may have thrown. */
export interface DirectResult {
  readonly result: 'CR_SUCCESS' | 'CR_LATER' | 'CR_ROLLBACK' | 'CR_COMMIT' | 'CR_THROW_EXCEPTION' | 'CR_RETURN_NULL';
  readonly remark: string | undefined;
  readonly autoCommit: boolean;
}
