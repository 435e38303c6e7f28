import { asError, type Clock, type Disk, type Logger, replaceFile, type Service } from '@rocketmq-ts/kernel';
import { type Alert, type AlertEvent, RULE_KINDS } from '../api/index.ts';
import type { Cluster } from '../clusters/registry.ts';
import { EntryLog } from '../entry-log/entry-log.ts';
import { judge } from './conditions.ts';
import { AlertRules } from './rules.ts';
import { ClusterWatch, type Watched } from './watch.ts';
import type { Webhook } from './webhook.ts';

interface AlertsOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The data folder; undefined: everything is in memory only. */
  readonly folder: string | undefined;
  readonly webhook: Webhook | undefined;
}

const STATE_FILE = 'alerts/raised.json';

/**
 * Holds the rules against what the collector found, raises and resolves alerts, keeps and sends them. What is raised is in
 * `alerts/raised.json` of the data folder, so that a new start raises nothing twice; what was is in `alerts/history.jsonl`.
 */
export class AlertCentre implements Service {
  readonly rules: AlertRules;
  readonly #options: AlertsOptions;
  readonly #history: EntryLog<AlertEvent>;
  readonly #watches = new Map<string, ClusterWatch>();
  /** Of an earlier start, of clusters that were not looked at yet. */
  #earlier: Watched[] = [];
  #notKept: string | undefined;
  #needsSave = false;

  constructor(options: AlertsOptions) {
    const { disk, logger, folder } = options;
    this.#options = options;
    this.rules = new AlertRules({ disk, logger, folder });
    const historyFolder = folder === undefined ? undefined : `${folder}/alerts`;
    this.#history = new EntryLog({
      ...{ disk, logger, folder: historyFolder, name: 'history', title: 'The history of alerts', read: readEvent },
    });
  }

  start(): void {
    this.#history.start();
    this.#earlier = this.#readRaised();
  }

  stop(): void {
    this.#options.webhook?.stop();
    this.#history.stop();
  }

  /** Why what is raised is in memory only; undefined while it is kept, or was never to be. */
  get notKept(): string | undefined {
    return this.#notKept;
  }

  /** A round of the collector: looks at what is known of a cluster. */
  look(cluster: Pick<Cluster, 'id' | 'name' | 'model'>): void {
    const { clock, logger, webhook } = this.#options;
    const at = { wallMs: clock.now(), monotonicMs: clock.monotonicMs() };
    const { id, name, model } = cluster;
    const { events, toSend } = this.#watchOf(id).look(
      this.rules.ofCluster(id),
      (rule) => judge(rule, model, at.wallMs),
      at,
    );
    for (const event of events) {
      logger.warn(event.what === 'raised' ? 'An alert was raised' : 'An alert was resolved', { ...event });
      this.#history.add(event);
    }
    if (toSend.length > 0) webhook?.send(name, toSend);
    if (events.length > 0 || toSend.length > 0) this.#needsSave = true;
    if (this.#needsSave) this.#save();
  }

  /** Of one cluster: the worst first, then the newest. */
  alerts(cluster: string): Alert[] {
    return this.#watchOf(cluster).alerts(this.rules.ofCluster(cluster), this.#options.clock.now());
  }

  /** Those that hold and are sent. */
  loud(cluster: string): number {
    return this.alerts(cluster).filter(({ isSilent, holds }) => holds && !isSilent).length;
  }

  /** Of one cluster, the newest first. */
  history(cluster: string): AlertEvent[] {
    return this.#history.entries().filter((each) => each.cluster === cluster);
  }

  /** A cluster that the console does not look at any more. */
  forget(cluster: string): void {
    this.#watches.delete(cluster);
    this.#earlier = this.#earlier.filter((each) => each.cluster !== cluster);
    this.#needsSave = true;
  }

  #watchOf(cluster: string): ClusterWatch {
    let watch = this.#watches.get(cluster);
    if (watch === undefined) {
      watch = new ClusterWatch(
        cluster,
        this.#earlier.filter((each) => each.cluster === cluster),
      );
      this.#earlier = this.#earlier.filter((each) => each.cluster !== cluster);
      this.#watches.set(cluster, watch);
    }
    return watch;
  }

  /** A disk that takes nothing now is tried again in the next round. */
  #save(): void {
    const { disk, folder, logger } = this.#options;
    if (folder === undefined) {
      this.#needsSave = false;
      return;
    }
    const raised = [...this.#earlier, ...[...this.#watches.values()].flatMap((watch) => watch.raised())];
    const kept = raised.map(({ turnedAtMs: _, isRaised: __, ...each }) => each);
    try {
      disk.makeDirectory(`${folder}/alerts`);
      replaceFile(disk, `${folder}/${STATE_FILE}`, Buffer.from(`${JSON.stringify(kept)}\n`));
      this.#needsSave = false;
      this.#notKept = undefined;
    } catch (error) {
      if (this.#notKept === undefined) logger.error('What is raised can not be kept', { folder, error });
      this.#notKept = asError(error).message;
    }
  }

  #readRaised(): Watched[] {
    const { disk, folder, logger } = this.#options;
    if (folder === undefined) return [];
    try {
      const parsed: unknown = JSON.parse(disk.readFile(`${folder}/${STATE_FILE}`)?.toString() ?? '[]');
      return Array.isArray(parsed) ? parsed.flatMap((each) => readWatched(each) ?? []) : [];
    } catch (error) {
      logger.warn('What was raised before can not be read', { file: STATE_FILE, error });
      return [];
    }
  }
}

function readWatched(value: unknown): Watched | undefined {
  const each = (value ?? {}) as Partial<Watched>;
  const { rule, cluster, subject, finding, startsAtMs } = each;
  if (typeof rule !== 'string' || typeof cluster !== 'string' || typeof subject !== 'string') return undefined;
  if (!RULE_KINDS.some((kind) => kind === finding?.kind) || !isTime(startsAtMs)) return undefined;
  const known = { rule, cluster, subject, finding: finding!, startsAtMs };
  return { ...known, isRaised: true, turnedAtMs: undefined, isSent: each.isSent === true };
}

/** Of a day that `Date` knows. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 8.64e15;
}

function readEvent(value: unknown): AlertEvent | undefined {
  const event = value as Partial<AlertEvent> | null;
  if (!isTime(event?.atMs) || !isTime(event?.startsAtMs) || (event.what !== 'raised' && event.what !== 'resolved'))
    return undefined;
  if (typeof event.rule !== 'string' || !RULE_KINDS.some((kind) => kind === event.finding?.kind)) return undefined;
  return event as AlertEvent;
}
