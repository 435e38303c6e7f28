import { exactlyOne, type OptionDeclaration, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { CommandContext } from './entry.ts';
import { readLocalFile } from './local-file.ts';
import { clusterMasters } from './targets.ts';

/** What the commands of a whole file of entries differ in. */
interface Batch<Entry> {
  /** Throws for a text that is no list of them. */
  read(text: Buffer): Entry[];
  send(address: string, entries: readonly Entry[]): Promise<void>;
  /** Names of the entries, for the answer. */
  name(entry: Entry): string;
  /** Java patterns with one address. */
  readonly onBroker: string;
  readonly onCluster: string;
}

/** `-b` or `-c`, and `-f` with a file. */
export function batchOptions(what: string, javaClass: string): OptionDeclaration[] {
  return [
    exactlyOne(
      valueOption('b', 'brokerAddr', `create ${what} to which broker`),
      valueOption('c', 'clusterName', `create ${what} to which cluster`),
    ),
    requiredOption('f', 'filename', javaClass),
  ];
}

/**
 * Sends the entries of a file to a broker or to all masters of a cluster. Nothing is sent while one entry can't be read, and
 * nothing happens with an empty list, as in Apache's tool. Unlike it, the usage does not follow after a success with `-c`.
 */
export async function sendBatch<Entry>(context: CommandContext, batch: Batch<Entry>): Promise<void> {
  const { options, disk } = context;
  const path = options.text('f').trim();
  const text = readLocalFile(disk, path);
  if (text === undefined) return context.refuse(`the file path ${path} does not exists\n`);
  const entries = batch.read(text);
  const names = entries.map(batch.name);
  if (entries.length === 0) return context.answer({ names, brokers: [] });
  const address = options.value('b')?.trim();
  const brokers = address === undefined ? await clusterMasters(context, options.text('c').trim()) : [address];
  for (const broker of brokers) {
    await batch.send(broker, entries);
    context.print(address === undefined ? batch.onCluster : batch.onBroker, broker);
  }
  context.answer({ names, brokers });
}
