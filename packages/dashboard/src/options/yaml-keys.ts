/**
 * The keys of an application.yml in the form that a properties file has: `rocketmq.config.namesrvAddrs[0]`. Empty values are left out.
 * Rejects with what the parser says, which names line and column.
 */
export async function optionsOfYaml(text: string): Promise<Map<string, string>> {
  // Loaded only where there is such a file.
  const { parse } = await import('yaml');
  const keys = new Map<string, string>();
  // A time such as 1:30 and a password such as 0123 are texts here, whatever YAML would make of them.
  add(keys, '', parse(text, { schema: 'failsafe', uniqueKeys: false }));
  return keys;
}

function add(keys: Map<string, string>, path: string, value: unknown): void {
  if (Array.isArray(value)) {
    for (const [at, each] of value.entries()) add(keys, `${path}[${at}]`, each);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) add(keys, path === '' ? key : `${path}.${key}`, each);
  } else if (path !== '' && typeof value === 'string' && value !== '' && value !== 'null' && value !== '~') {
    keys.set(path, value);
  }
}
