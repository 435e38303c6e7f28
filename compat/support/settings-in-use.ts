import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compatDirectory, javaClassPath } from '@rocketmq-ts/testkit/java';

/** Jars of each server. */
const MODULES = {
  broker: ['broker', 'store', 'remoting', 'common'],
  namesrv: ['namesrv', 'remoting', 'common'],
};
const SETTINGS = /^(BrokerConfig|BrokerIdentity|MessageStoreConfig|NamesrvConfig|Netty(Server|Client)Config)$/;
/** Methods that a server runs once, before it serves or after it. */
const AT_START =
  /^(<init>|<clinit>|main\w*|init\w*|start\w*|load\w*|shutdown|recover\w*|create\w*Controller|buildBroker\w*|parse\w*)$/;
const CLASSES_AT_ONCE = 400;

/**
 * Which settings a running server of Apache's reads, found in its class files: name of the setting → methods that read it and
 * may be called while it serves. A method counts as part of the start or of the end by its name, or when all its callers are.
 */
export async function settingsInUse(server: keyof typeof MODULES): Promise<ReadonlyMap<string, readonly string[]>> {
  await javaClassPath();
  const callers = new Map<string, Set<string>>();
  const readers = new Map<string, Set<string>>();
  for (const code of disassembled(MODULES[server])) collect(code, callers, readers);
  const atStart = startMethods(callers);
  return new Map(
    [...readers].map(([setting, methods]) => [setting, [...methods].filter((method) => !atStart.has(method)).sort()]),
  );
}

/** What `javap` prints of the classes of these modules, some hundred classes at a time. */
function* disassembled(modules: readonly string[]): Iterable<string> {
  const folder = join(compatDirectory, 'target', 'lib');
  const unpacked = mkdtempSync(join(tmpdir(), 'rocketmq-ts-classes-'));
  try {
    for (const jar of readdirSync(folder)) {
      if (!modules.some((module) => jar.startsWith(`rocketmq-${module}-`))) continue;
      const { status, stderr } = spawnSync('jar', ['xf', join(folder, jar)], { cwd: unpacked, encoding: 'utf8' });
      if (status !== 0) throw new Error(`jar xf ${jar}: ${stderr}`);
    }
    const classes = readdirSync(unpacked, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.class'),
    );
    for (let from = 0; from < classes.length; from += CLASSES_AT_ONCE) {
      const some = classes.slice(from, from + CLASSES_AT_ONCE);
      const run = spawnSync('javap', ['-p', '-c', ...some], {
        ...{ cwd: unpacked, encoding: 'utf8', maxBuffer: 2 ** 30 },
      });
      if (run.status !== 0) throw new Error(`javap: ${run.stderr}`);
      yield run.stdout;
    }
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

/** Methods are named `Class.method`; several of one name count as one. */
function collect(code: string, callers: Map<string, Set<string>>, readers: Map<string, Set<string>>): void {
  let [owner, method] = ['', ''];
  for (const line of code.split('\n')) {
    const declared = /^\S.*?\b(?:class|interface|enum) ([\w.$]+)/.exec(line);
    if (declared !== null) owner = declared[1]!.split('.').at(-1)!;
    const header = /^ {2}\S.*?([\w.$]+)\(.*;$/.exec(line);
    if (header !== null) {
      const name = header[1]!.split('.').at(-1)!;
      method = `${owner}.${name === owner ? '<init>' : name}`;
    } else if (line === '  static {};') method = `${owner}.<clinit>`;
    const call = /\/\/ (?:Interface)?Method (?:([\w/$]+)\.)?"?([\w$<>]+)"?:/.exec(line);
    if (call === null) continue;
    const callee = call[1]?.split('/').at(-1) ?? owner;
    add(callers, `${callee}.${call[2]}`, method);
    const setting = /^(?:get|is)([A-Z]\w*)$/.exec(call[2]!)?.[1];
    if (setting === undefined || !SETTINGS.test(callee) || SETTINGS.test(owner)) continue;
    add(readers, setting.charAt(0).toLowerCase() + setting.slice(1), method);
  }
}

function add(table: Map<string, Set<string>>, key: string, value: string): void {
  const values = table.get(key);
  if (values === undefined) table.set(key, new Set([value]));
  else values.add(value);
}

function startMethods(callers: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const all = new Set([...callers.values()].flatMap((methods) => [...methods]));
  const found = new Set([...all].filter((method) => AT_START.test(method.split('.').at(-1)!)));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [method, from] of callers) {
      if (!found.has(method) && [...from].every((caller) => caller === method || found.has(caller))) found.add(method);
    }
  }
  return found;
}
