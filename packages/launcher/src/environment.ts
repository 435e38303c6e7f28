import { homedir, hostname } from 'node:os';
import { resolve } from 'node:path';
import { choiceProperty, configError } from '@rocketmq-ts/kernel';
import type { Arguments } from './arguments.ts';
import { systemPropertiesOf } from './arguments.ts';

/** What a program takes from its surroundings. Nothing below the launcher reads the environment. */
export interface Environment {
  /** Installation root: `-Drocketmq.home.dir`, else ROCKETMQ_HOME, else this checkout. */
  readonly home: string;
  /** Where logs and stores lie by default: `-Duser.home`, else HOME. */
  readonly userHome: string;
  /** `-Drocketmq.namesrv.addr`, else NAMESRV_ADDR. */
  readonly namesrvAddr: string | undefined;
  /** `-Drocketmq.namesrv.domain` and `-Drocketmq.namesrv.domain.subgroup`: what is asked where no name server is given. */
  readonly addressServer: { readonly domain: string; readonly subgroup: string | undefined } | undefined;
  /** ROCKETMQ_TS_DATA: where `mqstart` keeps its store. */
  readonly dataFolder: string | undefined;
  /** Never asks a name service. */
  readonly hostName: string;
  /** Header encoding of what a server sends: `-Drocketmq.serialize.type`, else ROCKETMQ_SERIALIZE_TYPE, else JSON. */
  readonly serializeType: 'JSON' | 'ROCKETMQ';
  /** `-D` of the command line over those of JAVA_OPT_EXT over those of JAVA_OPT. */
  readonly systemProperties: ReadonlyMap<string, string>;
  /** Root of this checkout. */
  readonly root: string;
}

function addressServerOf(properties: ReadonlyMap<string, string>): Environment['addressServer'] {
  const domain = properties.get('rocketmq.namesrv.domain');
  return domain ? { domain, subgroup: properties.get('rocketmq.namesrv.domain.subgroup') || undefined } : undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Root of the checkout: this file lies at packages/launcher/src. */
const ROOT = resolve(import.meta.dirname, '../../..');

/** Empty variables count as absent. Throws `CONFIG_INVALID`. */
export function readEnvironment(
  given: Pick<Arguments, 'systemProperties'>,
  variables: Variables = process.env,
): Environment {
  const systemProperties = new Map([
    ...systemPropertiesOf(variables.JAVA_OPT ?? ''),
    ...systemPropertiesOf(variables.JAVA_OPT_EXT ?? ''),
    ...given.systemProperties,
  ]);
  const pick = (property: string, variable: string): string | undefined =>
    systemProperties.get(property) || variables[variable] || undefined;
  return {
    home: resolve(pick('rocketmq.home.dir', 'ROCKETMQ_HOME') ?? ROOT),
    userHome: resolve(pick('user.home', 'HOME') ?? homedir()),
    namesrvAddr: pick('rocketmq.namesrv.addr', 'NAMESRV_ADDR'),
    addressServer: addressServerOf(systemProperties),
    dataFolder: variables.ROCKETMQ_TS_DATA || undefined,
    hostName: hostname(),
    serializeType: serializeTypeOf(pick('rocketmq.serialize.type', 'ROCKETMQ_SERIALIZE_TYPE')),
    systemProperties,
    root: ROOT,
  };
}

const serializeType = choiceProperty(['JSON', 'ROCKETMQ'], 'JSON', { meaning: 'header form of what a server sends' });

function serializeTypeOf(text: string | undefined): 'JSON' | 'ROCKETMQ' {
  if (text === undefined) return 'JSON';
  const parsed = serializeType.parse(text);
  if (parsed === 'JSON' || parsed === 'ROCKETMQ') return parsed;
  const problem = { key: 'rocketmq.serialize.type', value: text, allowed: serializeType.allowed };
  throw configError([problem], '-D or ROCKETMQ_SERIALIZE_TYPE');
}
