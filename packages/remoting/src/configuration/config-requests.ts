import type { ConfigTable, Disk, LiveConfig, Logger, Network } from '@rocketmq-ts/kernel';
import { problemText, updateNote, whyNotListenable } from '@rocketmq-ts/kernel';
import {
  type Command,
  type Fields,
  formatProperties,
  parseProperties,
  ResponseCode,
  type ResponseInput,
} from '@rocketmq-ts/protocol';
import type { RemotingServer } from '../api.ts';
import type { Call } from '../call.ts';
import { type ConfigFile, keepChanges } from './config-file.ts';

/** A command whose request has no header. */
type Bare<Response extends Fields = Record<never, never>> = Command<Record<never, never>, Response>;

/** The two commands of a kind of server: what is configured, and changes of it. */
interface ConfigCommands<Response extends Fields> {
  readonly get: Bare<Response>;
  readonly update: Bare;
}

/** What requests about the configuration of a server work on. */
interface ConfigRequestParts<Response extends Fields> {
  readonly config: Pick<LiveConfig<ConfigTable>, 'check' | 'update' | 'entries' | 'given'> & {
    readonly values: { readonly bindAddress: string; readonly listenPort: number; readonly configBlackList: string };
  };
  /** Keys that no request changes, whatever `configBlackList` has. */
  readonly alwaysBlackListed: readonly string[];
  /** Other keys that can't be changed: why not. */
  readonly fixed?: ReadonlyMap<string, string>;
  /** Where changes are kept; undefined: nowhere. */
  readonly file: ConfigFile | undefined;
  /** All ports that go with a listenPort. Default: this one. */
  readonly portsOf?: (listenPort: number) => readonly number[];
  /** Of the answer to a query. */
  readonly header: () => ResponseInput<Bare<Response>>;
  /** After a change is in force, and before it is kept and answered. */
  readonly onChange?: (changes: ReadonlyMap<string, string>) => void;
  readonly disk: Disk;
  readonly network: Network;
  readonly logger: Logger;
}

/**
 * Shows and changes the configuration of a running server. A change is refused as a whole: NO_PERMISSION for keys of the black list,
 * SYSTEM_ERROR with the reason for all else, also for a port or an address at which this machine could not listen. What is not in
 * force until the next start is named in the remark. Source: Configuration, AdminBrokerProcessor#updateBrokerConfig,
 * DefaultRequestProcessor#updateConfig, ControllerRequestProcessor#handleUpdateControllerConfig.
 */
export function serveConfigRequests<Response extends Fields>(
  server: RemotingServer,
  { get, update }: ConfigCommands<Response>,
  parts: ConfigRequestParts<Response>,
): void {
  server.handle(get, (call) => {
    call.answer(parts.header(), { body: Buffer.from(formatProperties(parts.config.entries())) });
  });
  server.handle(update, (call) => {
    if (call.body.length === 0) return call.answer({});
    const changes = readChanges(call, parts);
    if (changes === undefined) return undefined;
    if (!changes.has('bindAddress') && !changes.has('listenPort')) return apply(call, changes, parts);
    const { network, config, portsOf = (port) => [port] } = parts;
    // Only the system knows which addresses are this machine's and which ports are free.
    return whyNotListenable(network, changes, config.values, portsOf).then((reason) => {
      if (reason === undefined) apply(call, changes, parts);
      else call.fail(ResponseCode.SYSTEM_ERROR, reason);
    });
  });
}

/** The changes that a request asks for; undefined when it was refused. */
function readChanges<Response extends Fields>(
  call: Call<Bare>,
  { config, alwaysBlackListed, fixed }: ConfigRequestParts<Response>,
): Map<string, string> | undefined {
  let changes: Map<string, string>;
  try {
    changes = parseProperties(call.body.toString());
  } catch (error) {
    call.fail(ResponseCode.SYSTEM_ERROR, `string2Properties error: ${(error as Error).message}`);
    return undefined;
  }
  const configured = config.values.configBlackList.split(';').map((key) => key.trim());
  const blackList = new Set([...alwaysBlackListed, ...configured]);
  const forbidden = [...changes.keys()].filter((key) => blackList.has(key));
  if (forbidden.length > 0) {
    call.fail(ResponseCode.NO_PERMISSION, `Can not update config in black list. (${forbidden.join(', ')})`);
    return undefined;
  }
  const reasons = [...changes.keys()].flatMap((key) => fixed?.get(key) ?? []);
  const problems = [...reasons, ...config.check(changes).map(problemText)];
  if (problems.length === 0) return changes;
  call.fail(ResponseCode.SYSTEM_ERROR, problems.join('; '));
  return undefined;
}

function apply<Response extends Fields>(
  call: Call<Bare>,
  changes: ReadonlyMap<string, string>,
  { config, disk, file, logger, onChange }: ConfigRequestParts<Response>,
): void {
  const update = config.update(changes);
  const { applied, needRestart, ignored, idle } = update;
  logger.info('The configuration was changed', { by: call.connection.peer, applied, needRestart, idle, ignored });
  onChange?.(changes);
  const problem = file && keepChanges(disk, file, config.given(), changes);
  if (problem === undefined) return call.answer({}, { remark: updateNote(update) });
  call.fail(ResponseCode.SYSTEM_ERROR, `the change is in force but could not be kept in ${file?.path}: ${problem}`);
}
