import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as sender from '@rocketmq-ts/sender';
import type { GuideModules } from '@rocketmq-ts/testkit/guide';

/** Modules for the programs of a page: the sender and SQLite, whose files are all in `folder`. What is made is given to `onStop`. */
export function senderModules(folder: string, onStop: (stop: () => Promise<unknown>) => void) {
  const inFolder = ({ file }: { file: string }): sender.SqliteOptions => ({ kind: 'sqlite', file: join(folder, file) });
  return (filled: () => Pick<sender.MqMessageSenderOptions, 'platform' | 'logger' | 'namesrvAddr'>): GuideModules => ({
    '@rocketmq-ts/sender': {
      ...sender,
      MqMessageSender: {
        start: async (options: sender.MqMessageSenderOptions) => {
          const database = inFolder(options.database as sender.SqliteOptions);
          const made = await sender.MqMessageSender.start({ ...options, ...filled(), database });
          onStop(() => made.stop());
          return made;
        },
      },
      idempotent: (
        handler: Parameters<typeof sender.idempotent>[0],
        database: sender.SqliteOptions,
        options: sender.IdempotentOptions,
      ) => {
        const { platform, logger } = filled();
        const made = sender.idempotent(handler, inFolder(database), { ...options, platform, logger });
        onStop(() => made.stop());
        return made;
      },
      openOutbox: (address: string) =>
        sender.openOutbox(`sqlite:${join(folder, address.slice('sqlite:'.length))}`, { platform: filled().platform }),
    },
    'node:sqlite': {
      DatabaseSync: class extends DatabaseSync {
        constructor(file: string) {
          super(join(folder, file));
        }
      },
    },
  });
}
