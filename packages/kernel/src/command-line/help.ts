import { type Option, type OptionGroup, type OptionTable, optionKey } from './option.ts';

const WIDTH = 110;
/** Blanks between the longest option and the descriptions. */
const DESCRIPTION_GAP = '   ';

/**
 * The usage line and the list of options of a program or command, 110 columns wide, with a line feed at the end.
 * Source: commons-cli 1.5 HelpFormatter#printHelp; ServerUtil.
 */
export function optionHelp(command: string, table: OptionTable): string {
  const options = table.sorted();
  const prefixes = options.map(optionPrefix);
  const column = Math.max(0, ...prefixes.map((prefix) => prefix.length));
  const lines = options.map((one, index) =>
    wrap(prefixes[index]!.padEnd(column) + DESCRIPTION_GAP + one.description, column + DESCRIPTION_GAP.length),
  );
  return `${wrap(usageLine(command, table, options), 'usage: '.length)}\n${lines.join('\n')}\n`;
}

function usageLine(command: string, table: OptionTable, options: readonly Option[]): string {
  const shown = new Set<OptionGroup>();
  // A member of a group that was shown already leaves its separating blank behind.
  const parts = options.map((one) => {
    const group = table.groupOf(one);
    if (group === undefined) return one.required ? usageOf(one) : `[${usageOf(one)}]`;
    if (shown.has(group)) return '';
    shown.add(group);
    const members = group.options.toSorted((a, b) => (optionKey(a) < optionKey(b) ? -1 : 1)).map(usageOf);
    return group.required ? members.join(' | ') : `[${members.join(' | ')}]`;
  });
  return `usage: ${command} ${parts.join(' ')}`;
}

function usageOf(one: Option): string {
  return `${one.short === undefined ? `--${one.long}` : `-${one.short}`}${one.takesValue ? ' <arg>' : ''}`;
}

function optionPrefix(one: Option): string {
  const names = one.short === undefined ? `    --${one.long}` : ` -${one.short},--${one.long}`;
  return one.takesValue ? `${names} <arg>` : names;
}

/** Breaks a line at blanks; following lines are indented. */
function wrap(line: string, indent: number): string {
  let cut = wrapPosition(line);
  if (cut === undefined) return line.trimEnd();
  const lines = [line.slice(0, cut).trimEnd()];
  for (let rest = line; cut !== undefined; ) {
    rest = ' '.repeat(indent) + rest.slice(cut).trim();
    cut = wrapPosition(rest);
    // A word that is longer than the line is cut hard instead of leaving a line of indentation only.
    if (cut !== undefined && cut === indent - 1) cut = WIDTH;
    lines.push(cut === undefined ? rest : rest.slice(0, cut).trimEnd());
  }
  return lines.join('\n');
}

function wrapPosition(line: string): number | undefined {
  for (const stop of ['\n', '\t']) {
    const at = line.indexOf(stop);
    if (at !== -1 && at <= WIDTH) return at + 1;
  }
  if (WIDTH >= line.length) return undefined;
  let at = WIDTH;
  while (at >= 0 && !/[ \n\r]/.test(line[at]!)) at--;
  return at > 0 ? at : WIDTH;
}
