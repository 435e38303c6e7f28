/**
 * Circles of imports between files, one sentence each: files that import each other, directly or through others, are one idea
 * in several places, and none of them can be read or tested alone. Imports of types count too. `imports` maps each file to
 * the files that it names; every circle has at least one sentence, and a sentence is one way round.
 */
export function findCircles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const before = path.indexOf(file);
    if (before >= 0) found.push(`${path.slice(before).join(' imports ')} imports ${file}: a circle`);
    if (before >= 0 || done.has(file)) return;
    path.push(file);
    for (const target of imports.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  return found;
}
