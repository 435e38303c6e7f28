import { collectOptions, dashboardConfigTable, hashPassword, readSettings } from '@rocketmq-ts/dashboard';
import { configEntries, nodePlatform, readConfig } from '@rocketmq-ts/kernel';
import { systemPropertiesOf } from '../arguments.ts';
import { type Environment, readEnvironment } from '../environment.ts';
import { endOnFailure, serve } from '../server-process.ts';
import { tlsClientOptions } from '../tls-settings.ts';
import { type DashboardArguments, dashboardUsage, parseDashboardArguments } from './arguments.ts';
import { readConfigFiles } from './config-files.ts';
import { dashboardService } from './service.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

/** `mqdashboard`, from its command line to its end; exit codes as those of `runServer`. */
export function runDashboard(argv: readonly string[]): Promise<void> {
  return endOnFailure(
    () => dashboardUsage,
    () => run(argv),
  );
}

async function run(argv: readonly string[]): Promise<void> {
  const given = parseDashboardArguments(argv);
  if (given.help) return print(dashboardUsage);
  if (given.hashesPassword) return printHash();
  if (given.extra.length > 0) complain(`Without effect: ${given.extra.join(' ')} (options are written --key=value)`);
  // Public images of Apache's dashboard take JAVA_OPTS, our other programs JAVA_OPT.
  const javaOptions = systemPropertiesOf(process.env.JAVA_OPTS ?? '');
  const environment = readEnvironment({ systemProperties: new Map([...javaOptions, ...given.systemProperties]) });
  const properties = await readOptions(given, environment);
  const surroundings = {
    disk: nodePlatform.disk,
    userHome: environment.userHome,
    namesrvAddr: environment.namesrvAddr,
  };
  const settings = readSettings(properties, 'options of mqdashboard', surroundings);
  if (given.printsConfig) {
    const { config } = readConfig(dashboardConfigTable, properties);
    for (const [key, value] of configEntries(dashboardConfigTable, config)) print(`${key}=${value}`);
    return;
  }
  const tls = settings.useTls ? (tlsClientOptions(environment.systemProperties, nodePlatform.disk) ?? {}) : undefined;
  const names = settings.clusters.map((addresses) => addresses.join(';'));
  const dashboard = dashboardService({ settings, tls, hostName: environment.hostName, print });
  await serve(
    { name: 'mqdashboard', kinds: ['dashboard'], logs: 'dashboard' },
    {
      build: (logs) => dashboard.build(logs.named('dashboard'), logs.named('audit')),
      bootLines: () => [`The console boot success: ${dashboard.url()} for name servers ${names.join(', ')}`],
    },
    environment,
  );
}

async function readOptions(given: DashboardArguments, environment: Environment): Promise<Map<string, string>> {
  const { options, systemProperties } = withoutLocations(given.options, environment.systemProperties);
  const locations =
    given.options.get('spring.config.location') ??
    given.options.get('spring.config.additional-location') ??
    environment.systemProperties.get('spring.config.location') ??
    (process.env.SPRING_CONFIG_LOCATION || undefined);
  const files = await readConfigFiles(nodePlatform.disk, process.cwd(), locations);
  for (const { path } of files) print(`load config file OK, ${path}`);
  const collected = collectOptions({ commandLine: options, systemProperties, variables: process.env, files });
  if (collected.unknown.length > 0) complain(`Unknown keys, without effect: ${collected.unknown.join('; ')}`);
  const idle = [...collected.springKeys, ...idleKeys(collected.properties)];
  if (idle.length > 0) complain(`Without effect here: ${[...new Set(idle)].join(', ')}`);
  return collected.properties;
}

const LOCATIONS = ['spring.config.location', 'spring.config.additional-location', 'spring.config.name'];

function withoutLocations(options: ReadonlyMap<string, string>, properties: ReadonlyMap<string, string>) {
  const without = (pairs: ReadonlyMap<string, string>): Map<string, string> =>
    new Map([...pairs].filter(([key]) => !LOCATIONS.includes(key)));
  return { options: without(options), systemProperties: without(properties) };
}

/** Keys of Apache's that change nothing here and have another value than their default. */
function idleKeys(properties: ReadonlyMap<string, string>): string[] {
  const { config } = readConfig(dashboardConfigTable, properties);
  return [...properties.keys()].filter((key) => {
    const property = dashboardConfigTable[key as keyof typeof dashboardConfigTable];
    const value = config[key as keyof typeof config];
    return property.facts.idle === true && properties.get(key)?.trim() !== '' && value !== property.fallback;
  });
}

/** `name=<this>,1` is a line of users.properties. */
async function printHash(): Promise<void> {
  if (process.stdin.isTTY) complain('The password, then Enter and Ctrl-D:');
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  const password = Buffer.concat(pieces)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (password === '') {
    complain('There is no password on standard input');
    process.exitCode = 1;
    return;
  }
  print(await hashPassword(password, nodePlatform.random));
}
