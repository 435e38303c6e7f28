import type { LiveConfig, Logger, Platform, TlsClientOptions, TlsServerOptions } from '@rocketmq-ts/kernel';
import type { DiskFractions } from '@rocketmq-ts/store';
import type { brokerConfigTable } from './config-table.ts';

/** What a broker gets from the process that it is part of. */
export interface BrokerOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly config: LiveConfig<typeof brokerConfigTable>;
  /** Gets a line a minute for each counter that moved. Default: nothing. */
  readonly statsLogger?: Logger | undefined;
  /** A sentence for the operator who watches the console. Default: only the log has it. */
  readonly report?: ((sentence: string) => void) | undefined;
  /** Name of this machine, for brokers without brokerName. Never resolved. */
  readonly hostName: string;
  /** Home folder of the user: the store lies there by default. */
  readonly homeDirectory: string;
  readonly processId: number;
  /** Memory of the machine, of which `accessMessageInMemoryMaxRatio` counts as page cache. */
  readonly physicalMemoryBytes: number;
  readonly tls?: TlsServerOptions | undefined;
  /** For its connections to name servers. Default: plain. */
  readonly clientTls?: TlsClientOptions | undefined;
  /** Header codec of what the broker sends on its own. Default JSON. */
  readonly serializeType?: 'JSON' | 'ROCKETMQ';
  /** Limits of the disk from the command line, which override those of the configuration. */
  readonly diskFractions?: DiskFractions | undefined;
  /** How many files and sockets the process may have open; default: nothing is known of a bound. */
  readonly openFilesLimit?: number | undefined;
  /** Where changed properties are kept; undefined: nowhere. */
  readonly configFile?: string | undefined;
}
