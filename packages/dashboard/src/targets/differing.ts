/** Names of settings that are not the same in all of these, an entry of a table within as `name.key`; in the order of names. */
export function differing(all: readonly object[]): string[] {
  const [first, ...rest] = all.map(flat);
  if (first === undefined) return [];
  const names = new Set([first, ...rest].flatMap((each) => [...each.keys()]));
  return [...names].filter((name) => rest.some((other) => other.get(name) !== first.get(name))).sort();
}

/** Values as texts, so that lists and absent ones are compared too. */
function flat(settings: object): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(settings) as [string, unknown][]) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      values.set(name, JSON.stringify(value) ?? '');
    else for (const [key, inner] of Object.entries(value)) values.set(`${name}.${key}`, JSON.stringify(inner) ?? '');
  }
  return values;
}
