import type { Cluster } from '../cluster/cluster.ts';
import type { ClusterServer } from '../cluster/server.ts';
import { TestingError } from '../errors.ts';
import type { ClusterMessage } from '../messages/cluster-message.ts';

/** What a command answers: fields of a line of JSON. */
export type Reply = Readonly<Record<string, unknown>>;

interface Command {
  readonly usage: string;
  readonly meaning: string;
  /** How many words it takes, at least and at most. */
  readonly words: readonly [least: number, most: number];
  run(cluster: Cluster, words: readonly string[]): Promise<Reply | undefined> | Reply | undefined;
}

/** Messages of one answer. */
const MOST_MESSAGES = 1000;

const done = (work: Promise<void>): Promise<undefined> => work.then(() => undefined);
const switched = (change: () => void): undefined => {
  change();
  return undefined;
};

/** Name → what a line of standard input may ask for. */
const commands: Readonly<Record<string, Command>> = {
  advance: {
    usage: 'advance <time>',
    meaning: 'let time pass at once: 10m, 1h30m, 500ms',
    words: [1, 1],
    run: (cluster, [time]) => done(cluster.advance(/^\d+$/.test(time!) ? Number(time) : time!)),
  },
  start: server('start', 'start it', (cluster, name) => done(serverOf(cluster, name).start())),
  stop: server('stop', 'stop it in order', (cluster, name) => done(serverOf(cluster, name).stop())),
  kill: server('kill', 'let it die at once', (cluster, name) => switched(() => serverOf(cluster, name).kill())),
  fill: broker('fill', 'fill its disk', (cluster, name) => switched(() => cluster.broker(name).fillDisk())),
  slow: {
    usage: 'slow <broker> <time>',
    meaning: 'each call of its disk takes so much longer',
    words: [2, 2],
    run: (cluster, [name, time]) => switched(() => cluster.broker(name!).slowDisk(time!)),
  },
  mend: broker('mend', 'its disk is fast and has room again', (cluster, name) =>
    switched(() => cluster.broker(name).mendDisk()),
  ),
  partition: {
    usage: 'partition <server> <server or clients>',
    meaning: 'no byte passes between them',
    words: [2, 2],
    run: (cluster, [a, b]) => switched(() => cluster.partition(a!, b!)),
  },
  heal: {
    usage: 'heal [<server or clients> [<server or clients>]]',
    meaning: 'bytes pass again, with one name on all of its links; without names everywhere',
    words: [0, 2],
    run: (cluster, [a, b]) => switched(() => cluster.heal(a, b)),
  },
  cut: {
    usage: 'cut <server> <server or clients>',
    meaning: 'reset the connections between them',
    words: [2, 2],
    run: (cluster, [a, b]) => switched(() => cluster.cut(a!, b!)),
  },
  topic: {
    usage: 'topic <name> [<queues>]',
    meaning: 'make a topic',
    words: [1, 2],
    run: (cluster, [name, queues]) =>
      done(cluster.createTopic(name!, queues === undefined ? {} : { queues: Number(queues) })),
  },
  sent: {
    usage: 'sent <topic> [<count>]',
    meaning: 'messages of a topic; wait until there are so many',
    words: [1, 2],
    run: async (cluster, [topic, count]) => shown(await cluster.sent(topic!, { count: Number(count ?? 0) })),
  },
  received: {
    usage: 'received <group> [<count>]',
    meaning: 'deliveries to a group; wait until there are so many',
    words: [1, 2],
    run: async (cluster, [group, count]) => shown(await cluster.received(group!, { count: Number(count ?? 0) })),
  },
  help: {
    usage: 'help',
    meaning: 'list the commands',
    words: [0, 0],
    run: () => ({ commands: Object.values(commands).map(({ usage, meaning }) => `${usage}: ${meaning}`) }),
  },
};

/** Runs one line. Rejects with why it cannot be done, `BAD_COMMAND_LINE` where the line itself is wrong. */
export async function runLine(cluster: Cluster, line: string): Promise<Reply> {
  const [name = '', ...words] = line.trim().split(/\s+/);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined)
    throw new TestingError('BAD_COMMAND_LINE', `There is no command ${name}; help lists them.`);
  const [least, most] = command.words;
  if (words.length < least || words.length > most) {
    throw new TestingError('BAD_COMMAND_LINE', `Usage: ${command.usage}`);
  }
  return (await command.run(cluster, words)) ?? {};
}

type Change = (cluster: Cluster, name: string) => Promise<undefined> | undefined;

function broker(command: string, meaning: string, change: Change): Command {
  return { usage: `${command} <broker>`, meaning, words: [1, 1], run: (cluster, [name]) => change(cluster, name!) };
}

function server(command: string, meaning: string, change: Change): Command {
  return { ...broker(command, meaning, change), usage: `${command} <broker or namesrv>` };
}

function serverOf(cluster: Cluster, name: string): ClusterServer {
  return name === cluster.nameServer.name ? cluster.nameServer : cluster.broker(name);
}

function shown(messages: readonly ClusterMessage[]): Reply {
  const newest = messages
    .slice(-MOST_MESSAGES)
    .map((message) => ({ ...message, body: message.text(), text: undefined }));
  return { count: messages.length, messages: newest };
}
