import { type Admin, isDeadLetterTopic, isRetryTopic, RETRY_TOPIC_PREFIX } from '@rocketmq-ts/admin';
import { sleep, splitEndpoints } from '@rocketmq-ts/kernel';
import { escapeControls } from '../../safe-text.ts';
import type { Command, CommandContext } from '../entry.ts';
import { type Candidate, candidatesFor, type NameKind } from './candidates.ts';
import { SCRIPTS } from './scripts.ts';

/** A shell waits for the names of a cluster no longer than this. */
const PATIENCE_MS = 1000;

/** Not one of Apache's: what a shell asks when a word is to be completed. */
export const completion: Command = {
  className: 'CompletionCommand',
  options: [],
  examples: [
    { line: 'bash', does: 'A script for bash: source <(mqadmin completion bash).' },
    { line: 'zsh', does: 'A script for zsh: source <(mqadmin completion zsh).' },
    { line: 'candidates -- topicStatus -t Ord', does: 'What the scripts ask: the last word is the one to complete.' },
  ],
  async run(context) {
    const [what = '', ...words] = context.options.words;
    const script = SCRIPTS[what];
    if (script !== undefined) {
      context.out(script);
      return context.answer({ shell: what, script });
    }
    if (what !== 'candidates') return context.usage();
    const candidates = await complete(context, words);
    for (const { word, description } of candidates) {
      if (escapeControls(word) === word) context.out(`${word}\t${escapeControls(description)}\n`);
    }
    context.answer({ candidates });
  },
};

async function complete(context: CommandContext, words: readonly string[]): Promise<readonly Candidate[]> {
  const found = await candidatesFor(words, context.commands);
  if (!('kind' in found)) return found;
  const { kind, before, typed } = found;
  const patience = new AbortController();
  const nothing = sleep(context.clock, PATIENCE_MS, patience.signal).then((): string[] => []);
  // A name server that can't be asked has no names.
  const names = await Promise.race([namesOf(adminOf(context, words), kind).catch((): string[] => []), nothing]);
  patience.abort();
  return names
    .filter((name) => name.startsWith(typed))
    .sort()
    .map((name) => ({ word: before + name, description: '' }));
}

/** Of the name servers on the typed line, where it has some. */
async function adminOf(context: CommandContext, words: readonly string[]): Promise<Admin> {
  const at = words.findIndex((word) => word === '-n' || word === '--namesrvAddr');
  const addresses = at === -1 ? undefined : words[at + 1];
  return addresses === undefined ? context.admin : context.connect(splitEndpoints(addresses));
}

async function namesOf(connected: Promise<Admin>, kind: NameKind): Promise<string[]> {
  const admin = await connected;
  if (kind === 'topic' || kind === 'group') {
    const topics = await admin.fetchAllTopicList();
    return kind === 'topic'
      ? topics.filter((topic) => !isRetryTopic(topic) && !isDeadLetterTopic(topic))
      : topics.filter(isRetryTopic).map((topic) => topic.slice(RETRY_TOPIC_PREFIX.length));
  }
  const info = await admin.examineClusterInfo();
  if (kind === 'cluster') return [...info.clusterAddrTable.keys()];
  if (kind === 'brokerName') return [...info.brokerAddrTable.keys()];
  return [...info.brokerAddrTable.values()].flatMap((broker) => [...broker.brokerAddrs.values()]);
}
