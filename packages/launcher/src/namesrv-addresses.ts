import { parseEndpoint } from '@rocketmq-ts/kernel';
import { LauncherError } from './errors.ts';

/**
 * The parts of `a:9876;b:9876`. Throws `NAMESRV_ADDR_INVALID` when one is not `host:port`.
 * Source: BrokerStartup#createBrokerController.
 */
export function parseNamesrvAddresses(list: string): string[] {
  const parts = list
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  for (const part of parts) {
    if (parseEndpoint(part) === undefined) {
      throw new LauncherError(
        'NAMESRV_ADDR_INVALID',
        `The Name Server Address[${list}] illegal, please set it as follows, "127.0.0.1:9876;192.168.0.1:9876" ("${part}" is not host:port)`,
      );
    }
  }
  return parts;
}
