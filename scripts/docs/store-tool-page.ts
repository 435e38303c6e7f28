import { mqstoreHelp } from '@rocketmq-ts/mqstore';
import { findingKinds } from '@rocketmq-ts/store';
import { code, table } from './markdown.ts';

/** docs/store-tool.md */
export function storeToolPage(): string {
  const helps = mqstoreHelp().map((text) => `\`\`\`\n${text}\`\`\`\n`);
  const rows = (damage: boolean): string[][] =>
    Object.entries(findingKinds)
      .filter(([, kind]) => kind.damage === damage)
      .map(([name, { meaning }]) => [code(name), meaning]);
  return `${INTRODUCTION}
## Commands

${helps.join('\n')}
## What verify finds: damage

Any of these gives exit code 1.

${table(['kind', 'meaning'], rows(true))}

## What verify finds: to know

What an unclean stop, a running broker, or the history of a store leaves behind; a start puts right what has to be put right.

${table(['kind', 'meaning'], rows(false))}
`;
}

const INTRODUCTION = `# mqstore: looking into a store folder

\`sh bin/mqstore inspect|verify|dump|transactions FOLDER\` reads a store folder, written by this project's broker or by Apache's 4.x and 5.x.
Files are opened for reading only; nothing is created, locked, truncated or touched, so it works while a broker runs on the
folder and on a read-only file system. What the broker writes meanwhile at the ends is \`UNIT_PENDING\`, \`KEY_PENDING\` or
\`LOG_TAIL\`, not damage.

- File lengths are taken from the files. Where damage hides them, or index files have another proportion of slots to entries than
  Apache's 1 : 4, there are options; the length of batch consume queue files is always found by looking.
- \`verify\` reads the commit log once, in large pieces. Each record is held against the next unit of its queue and the next
  entries of the index, which lie in the same order; so memory does not grow with the store, but for some hundred bytes for each
  queue and the slots of one index file.
- A record that is broken in the middle is passed over: its keys and its unit are not reported on their own. The first damage is the
  one that was met first: names and lengths of files, then the log from its beginning.
- Tags codes in the schedule topic are times and depend on the levels of the broker that wrote them: it is only checked that they
  are not before the store time. Tags in the index (5.4.0 enters them) may be there and need not.
- Not looked at: consume queue extensions, compaction, RocksDB.
- \`inspect\` reads names, lengths, headers and ends only. *Written by* follows from files and spellings that only one of the
  two brokers leaves behind.
`;
