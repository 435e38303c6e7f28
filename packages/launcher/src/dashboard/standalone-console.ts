import { join } from 'node:path';
import { asError, type FileLogger, nodePlatform, type Service } from '@rocketmq-ts/kernel';
import type { Environment } from '../environment.ts';
import { failureOf } from '../failure-text.ts';
import { tlsClientOptions } from '../tls-settings.ts';
import { dashboardService } from './service.ts';

/** What the console of `mqstart` is made from. */
interface StandaloneConsoleOptions {
  readonly host: string;
  /** 0: there is none. */
  readonly port: number;
  /** The name server of the process. */
  readonly namesrvAddr: string;
  /** Folder of everything that `mqstart` keeps. */
  readonly data: string;
  readonly environment: Environment;
  readonly print: (line: string) => void;
}

/** The console in the process of name server and broker. It is started after them, and what fails in it leaves them alone. */
export class StandaloneConsole {
  readonly #options: StandaloneConsoleOptions;
  #service: Service | undefined;
  #starting: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: StandaloneConsoleOptions) {
    this.#options = options;
  }

  /** Never rejects: a port that is in use, for one, is said on the console of the process. */
  async start(logs: FileLogger): Promise<void> {
    if (this.#options.port === 0 || this.#isStopped) return;
    this.#starting = this.#start(logs);
    await this.#starting;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#starting;
    await this.#service?.stop();
  }

  async #start(logs: FileLogger): Promise<void> {
    const { host, port, namesrvAddr, data, environment, print } = this.#options;
    try {
      const { readSettings } = await import('@rocketmq-ts/dashboard');
      const properties = new Map([
        ['server.address', host],
        ['server.port', String(port)],
        ['rocketmq.config.namesrvAddr', namesrvAddr],
        ['rocketmq.config.dataPath', join(data, 'dashboard')],
      ]);
      const surroundings = { disk: nodePlatform.disk, userHome: environment.userHome, namesrvAddr: undefined };
      const settings = readSettings(properties, 'mqstart', surroundings);
      const tls = tlsClientOptions(environment.systemProperties, nodePlatform.disk);
      const dashboard = dashboardService({ settings, tls, hostName: environment.hostName, print });
      const service = dashboard.build(logs.named('dashboard'), logs.named('audit'));
      await service.start();
      this.#service = service;
      if (this.#isStopped) return;
      for (const line of nextSteps(dashboard.url(), namesrvAddr)) print(line);
    } catch (error) {
      logs.named('dashboard').error('The console could not be started', { error: asError(error) });
      print(
        `There is no console: ${failureOf(error).line} (-dp <port>, or -dp 0 for none). Name server and broker run.`,
      );
    }
  }
}

function nextSteps(url: string, namesrvAddr: string): string[] {
  return [
    `Console: ${url}`,
    'Next, in another terminal:',
    `  NAMESRV_ADDR=${namesrvAddr} sh bin/tools.sh org.apache.rocketmq.example.quickstart.Producer   sends messages: see them in the console`,
    `  NAMESRV_ADDR=${namesrvAddr} sh bin/tools.sh org.apache.rocketmq.example.quickstart.Consumer   receives them`,
    `  sh bin/mqadmin clusterList -n ${namesrvAddr}`,
  ];
}
