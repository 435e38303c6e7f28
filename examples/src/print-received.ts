import type { MessageExt } from '@rocketmq-ts/client';

/** The line of Apache's examples. There the thread is one of a pool; here one loop does it all. */
export function printReceived(group: string, messages: readonly MessageExt[]): void {
  console.log(`ConsumeMessageThread_${group}_1 Receive New Messages: [${messages.join(', ')}] `);
}
