import { nodePlatform, type TlsClientOptions } from '@rocketmq-ts/kernel';
import { parseArguments } from './arguments.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { failureOf } from './failure-text.ts';
import { tlsClientOptions } from './tls-settings.ts';

/** What `mqadmin` and `tools.sh` take from `-Dkey=value` words and the environment. */
interface ToolEnvironment {
  readonly environment: Environment;
  readonly tls: TlsClientOptions | undefined;
}

/** A setting that can't be used ends the program with one line and exit code 1, as it ends a server. */
export function toolEnvironment(systemProperties: readonly string[]): ToolEnvironment {
  try {
    const environment = readEnvironment(parseArguments([], systemProperties));
    return { environment, tls: tlsClientOptions(environment.systemProperties, nodePlatform.disk) };
  } catch (error) {
    const { line, exitCode } = failureOf(error);
    process.stderr.write(`${line}\n`);
    process.exit(exitCode);
  }
}
