import { homedir } from 'node:os';
import type { ConfigTable, ExposedPart, FileLogger, Option, Service } from '@rocketmq-ts/kernel';
import { asError, nodePlatform, nodeServePages, ServiceStack } from '@rocketmq-ts/kernel';
import type { UnservedOption } from './arguments.ts';
import { ArgumentsError, parseArguments, usageText } from './arguments.ts';
import type { Environment } from './environment.ts';
import { readEnvironment } from './environment.ts';
import { failureOf } from './failure-text.ts';
import { GracefulStop } from './graceful-stop.ts';
import { HealthPages, type HealthSource } from './health/health-pages.ts';
import { onUnhandledErrors } from './last-resort.ts';
import { type LoggingConfig, logDirectory, openLogs } from './logs.ts';
import { MetricsLog } from './metrics/metrics-log.ts';
import { MetricsPage, type MetricsSource } from './metrics/metrics-page.ts';
import { MetricsPort } from './metrics/metrics-port.ts';
import { readPropertiesFile } from './properties-file.ts';
import { RunFolder, runFolderPath, type ServerKind } from './run-folder.ts';

/** What a program is built from. */
export interface ServerInput {
  readonly environment: Environment;
  /** File given with `-c`, in full; changed properties are kept there. Undefined for none, or for a stream such as /dev/stdin. */
  readonly configFile: string | undefined;
  /** Pairs of that file, under those of the command line (`-n` is `namesrvAddr`). */
  readonly properties: Map<string, string>;
}

/** A configuration that holds: it can be shown, or run. */
export interface ConfiguredServer {
  readonly table: ConfigTable;
  /** For `-p`: all properties and their values. Those that the table calls important are for `-m`. */
  listing(): Iterable<readonly [string, string]>;
  /** Keys that mean nothing here. */
  readonly unknownKeys: readonly string[];
  /** Keys of Apache's that change nothing here. */
  readonly idleKeys?: readonly string[];
  /** What the operator should know before the start. */
  readonly warnings?: readonly string[];
  build(logger: FileLogger): Service;
  /** What probes may ask; known after `build`. Default: nothing. */
  health?(): HealthSource;
  /** What collectors of metrics are shown; known after `build`. Default: nothing. */
  metrics?(): MetricsSource;
  /** How it logs. Default: lines of text from info on. */
  readonly logging?: LoggingConfig;
  /** Lines for stdout once it runs. */
  bootLines(): readonly string[];
  /** What is still to be done once it runs and has said so. Never rejects. */
  afterStart?(): Promise<void>;
}

/** A program that runs servers: what differs between them. */
export interface ServerProgram {
  readonly name: string;
  readonly kinds: readonly ServerKind[];
  readonly logs: 'namesrv' | 'broker' | 'controller' | 'standalone' | 'dashboard';
  readonly options: readonly Option[];
  readonly unservedOptions?: readonly UnservedOption[];
  /** Throws when the configuration does not hold. */
  configure(input: ServerInput): ConfiguredServer;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

/**
 * Runs a server from its command line to its end. Exit codes: 0 stopped or printed what was asked for; 1 bad arguments or
 * configuration, failed start, failed stop; 253 a list of name servers that Apache refuses with −3; 130 second signal.
 */
export function runServer(program: ServerProgram, argv: readonly string[]): Promise<void> {
  return endOnFailure(
    () => usageText(program.name, program.options),
    () => run(program, argv),
  );
}

/** Ends the process with what went wrong, on one line, and its exit code; after bad arguments with the usage. */
export async function endOnFailure(usage: () => string, work: () => Promise<void>): Promise<void> {
  // The terminal may go away under a server that was sent to the background.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  try {
    await work();
  } catch (error) {
    if (error instanceof ArgumentsError) {
      complain(`${error.message}\n${usage()}`);
      process.exit(1);
    }
    const failure = failureOf(error);
    complain(failure.line);
    process.exit(failure.exitCode);
  }
}

async function run(program: ServerProgram, argv: readonly string[]): Promise<void> {
  const given = parseArguments(program.options, argv, program.unservedOptions);
  if (given.flags.has('help')) return print(usageText(program.name, program.options));
  if (given.extra.length > 0) {
    complain(`Without effect: ${given.extra.join(' ')} (settings belong in the file given with -c)`);
  }
  const environment = readEnvironment(given);
  const configFile = given.values.get('configFile');
  const file = configFile === undefined ? undefined : readPropertiesFile(nodePlatform.disk, configFile);
  if (file !== undefined) print(`load config properties file OK, ${configFile}`);
  if (file?.warning !== undefined) complain(file.warning);
  const properties = new Map(file?.properties);
  for (const [key, value] of given.values) if (key !== 'configFile') properties.set(key, value);

  const configFileToKeep = file?.isStream === true ? undefined : file?.path;
  const configured = program.configure({ environment, configFile: configFileToKeep, properties });
  if (configured.unknownKeys.length > 0) {
    complain(`Unknown keys, without effect: ${configured.unknownKeys.join(', ')} (${file?.path ?? 'command line'})`);
  }
  const idleKeys = configured.idleKeys ?? [];
  if (idleKeys.length > 0) {
    complain(`Without effect here: ${idleKeys.join(', ')} (${file?.path ?? 'command line'})`);
  }
  const important = given.flags.has('printImportantConfig');
  if (important || given.flags.has('printConfigItem')) {
    for (const [key, value] of configured.listing()) {
      if (!important || configured.table[key]?.facts.important === true) print(`${key}=${value}`);
    }
    return;
  }
  for (const warning of configured.warnings ?? []) complain(warning);
  await serve(program, configured, environment);
}

/** Runs what is configured until a signal ends the process. */
export async function serve(
  program: Pick<ServerProgram, 'name' | 'kinds' | 'logs'>,
  configured: Pick<ConfiguredServer, 'build' | 'health' | 'metrics' | 'logging' | 'bootLines' | 'afterStart'>,
  environment: Environment,
): Promise<void> {
  const logs = openLogs(program.logs, environment.userHome, configured.logging);
  const logger = logs.named(program.logs === 'standalone' ? 'broker' : program.logs);
  onUnhandledErrors(logger, (error) => {
    logs.flush();
    complain(
      `${error.stack ?? String(error)}\nEnds on this error; see ${logDirectory(environment.userHome, program.logs)}`,
    );
    process.exit(1);
  });

  const built = configured.build(logs);
  const service = watched(built, configured, logs);
  const gracefulStop = new GracefulStop({
    clock: nodePlatform.clock,
    logger,
    print: complain,
    stop: async () => {
      await service.stop();
      await logs.close();
      forget();
    },
    exit: (code) => {
      logs.flush();
      process.exit(code);
    },
  });
  let forget = (): void => {};
  const started = Promise.resolve(service.start());
  // Ctrl-C during a long recovery stops it too.
  handleSignals((signal) => gracefulStop.onSignal(signal));
  try {
    await started;
  } catch (error) {
    logger.error('The start failed', { error: asError(error) });
    await logs.close();
    throw error;
  }
  forget = registerRun(program);
  for (const line of configured.bootLines()) print(line);
  for (const line of configured.bootLines()) logger.info(line);
  await configured.afterStart?.();
}

/** The pages are served from before the server's start, which may take long, until after its stop. */
function watched(server: Service, configured: Pick<ConfiguredServer, 'health' | 'metrics'>, logs: FileLogger): Service {
  const health = configured.health?.();
  const source = configured.metrics?.();
  const isMeasured = (source?.port ?? 0) !== 0 || (health?.port ?? 0) !== 0;
  const page = source !== undefined && isMeasured ? new MetricsPage(source, nodePlatform.clock, logs) : undefined;
  const pages = new ServiceStack();
  return {
    start: async () => {
      if (source !== undefined && page !== undefined) {
        await pages.start({ stop: () => page.stop() });
        await pages.start(new MetricsPort(source, page, nodeServePages));
      }
      if (health !== undefined) await pages.start(new HealthPages(health, nodeServePages, page));
      await server.start();
      if (source !== undefined && source.logIntervalMs > 0) {
        const parts = (): readonly ExposedPart[] | undefined => source.parts();
        await pages.start(
          new MetricsLog(parts, source.logIntervalMs, nodePlatform.clock, logs.named('broker_metrics')),
        );
      }
    },
    // Also while the server is starting.
    stop: async () => {
      await server.stop();
      await pages.stop();
    },
  };
}

function handleSignals(onSignal: (signal: string) => void): void {
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // Node does not keep the "ignore" that nohup sets, so it is decided here: a server that a terminal watches ends with
  // the terminal, one whose output is redirected stays.
  process.on('SIGHUP', (signal) => {
    if (process.stdout.isTTY) onSignal(signal);
  });
}

function registerRun(program: Pick<ServerProgram, 'name' | 'kinds'>): () => void {
  const folder = runFolderPath(process.env.HOME || homedir());
  try {
    const { name, kinds } = program;
    return new RunFolder(nodePlatform.disk, folder).register({ pid: process.pid, program: name, kinds });
  } catch (error) {
    complain(`mqshutdown has to look for this process among all others: ${failureOf(error).line}`);
    return () => {};
  }
}
