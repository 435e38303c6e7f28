/** A table; cells may hold anything but line ends. Texts in backquotes stay as they are but for bars. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cellText).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** A bar would end the cell, and what looks like a tag of HTML would vanish. */
function cellText(cell: string): string {
  return cell.replaceAll('|', '\\|').replace(/`[^`]*`|</g, (found) => (found === '<' ? '\\<' : found));
}
