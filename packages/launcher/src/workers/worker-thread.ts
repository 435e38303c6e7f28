import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Broker } from '@rocketmq-ts/broker';
import {
  asError,
  createLineLogger,
  EventLoopWatch,
  exposition,
  type LeveledLogger,
  type Logger,
  nodeClock,
  parseLogLevels,
} from '@rocketmq-ts/kernel';
import { failureOf } from '../failure-text.ts';
import { onUnhandledErrors } from '../last-resort.ts';
import type { LoggingConfig } from '../logs.ts';
import { loopPart } from '../metrics/process-metrics.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import type { WorkerData } from './node-thread.ts';

/** What a thread needs of a plan of its broker. */
export interface ThreadPlan {
  readonly name: string;
  readonly config: LoggingConfig;
  create(logger: Logger, report: (sentence: string) => void): Broker;
  bootLine(broker: Broker): string;
}

/**
 * Runs one broker in this thread, from its plan to the stop that the process asks for. `plan` throws when the configuration does
 * not hold. Log lines are written by the process, which has one writer for each file.
 */
export async function runWorker(plan: (data: WorkerData) => ThreadPlan): Promise<void> {
  const port = parentPort as MessagePort;
  const say = (message: FromWorker): void => port.postMessage(message);
  const data = workerData as WorkerData;
  let broker: Broker | undefined;
  try {
    const { name, config, create, bootLine } = plan(data);
    const logger = threadLogger(name, config, say);
    onUnhandledErrors(logger, (error) => {
      say({ kind: 'failed', line: error.message });
      process.exit(1);
    });
    broker = create(logger, (sentence) => say({ kind: 'report', sentence }));
    const created = broker;
    const loop = new EventLoopWatch();
    port.on('message', (message: ToWorker) => {
      if (message.kind === 'health') say({ kind: 'health', health: created.health() });
      else if (message.kind === 'metrics')
        void metricsText(created, loop).then((text) => say({ kind: 'metrics', text }));
      else void stop(created, say);
    });
    await broker.start();
    say({ kind: 'started', bootLine: bootLine(broker) });
  } catch (error) {
    say({ kind: 'failed', line: failureOf(error).line });
    process.exit(1);
  }
}

async function metricsText({ metrics }: Broker, loop: EventLoopWatch): Promise<string> {
  if (metrics === undefined) return '';
  let text = '';
  const parts = [metrics, loopPart(metrics.exposure.common, loop)];
  for await (const piece of exposition(parts, nodeClock, () => {})) text += piece.toString();
  return text;
}

async function stop(broker: Broker, say: (message: FromWorker) => void): Promise<void> {
  let problem: string | undefined;
  try {
    await broker.stop();
  } catch (error) {
    problem = asError(error).message;
  }
  say({ kind: 'stopped', problem });
  process.exit(0);
}

function threadLogger(brokerName: string, logging: LoggingConfig, say: (message: FromWorker) => void): LeveledLogger {
  return createLineLogger('broker', nodeClock, {
    ...{ prefix: `[${brokerName}] `, levels: parseLogLevels(logging.logLevel), format: logging.logFormat },
    sinkOf: (name) => (line, atOnce) => say({ kind: 'log', name, line, atOnce }),
  });
}
