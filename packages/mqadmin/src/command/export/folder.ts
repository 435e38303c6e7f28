import { type OptionDeclaration, valueOption } from '@rocketmq-ts/kernel';
import type { CommandContext } from '../entry.ts';

/** Source: ExportMetadataCommand, ExportConfigsCommand, ExportMetricsCommand. */
const DEFAULT_FOLDER = '/tmp/rocketmq/export';

/** `-f`, a folder although its name says file. */
export function folderOption(file: string): OptionDeclaration {
  return valueOption('f', 'filePath', `export ${file} path | default ${DEFAULT_FOLDER}`);
}

/** Where a file goes. */
export function pathIn(context: CommandContext, file: string): string {
  return `${context.options.value('f')?.trim() ?? DEFAULT_FOLDER}/${file}`;
}
