/** Attributes from lines of `key=value`; `key=` removes one. Undefined when a line is something else. */
export function readAttributes(lines: string): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  for (const line of lines.split('\n').map((each) => each.trim())) {
    if (line === '') continue;
    const equals = line.indexOf('=');
    if (equals <= 0) return undefined;
    found[line.slice(0, equals).trim()] = line.slice(equals + 1).trim();
  }
  return found;
}
