import type { Clock, Disk, Logger } from '@rocketmq-ts/kernel';

const MAX_FILE_BYTES = 1024 * 1024;
const LOOK_MS = 1000;

/**
 * What a normal user may call, as paths of the old end-points, which stand for the routes of the API as well. Source:
 * role-permission.yml of Apache's dashboard.
 */
const SHIPPED: readonly string[] = [
  ...[
    'rocketmq',
    'cluster',
    'consumer',
    'dashboard',
    'dlqMessage',
    'message',
    'messageTrace',
    'monitor',
    'ops',
    'producer',
  ].map((group) => `/${group}/*.query`),
  ...['/topic/*.query', '/topic/list.queryTopicType', '/proxy/*.query', '/acl/*.query', '/topic/sendTopicMessage.do'],
  ...['/consumer/group.refresh', '/consumer/group.refresh.all', '/dlqMessage/exportDlqMessage.do'],
  ...['/dlqMessage/batchExportDlqMessage.do', '/dlqMessage/batchResendDlqMessage.do', '/login/*'],
];

/** role-permission.yml: `rolePerms: { Normal: [patterns] }`. A changed file is in force within a second. */
export class RolePermission {
  readonly #path: string;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #patterns = SHIPPED.map(compilePattern);
  #seen = '';
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(path: string, { disk, clock, logger }: { disk: Disk; clock: Clock; logger: Logger }) {
    this.#path = path;
    this.#disk = disk;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Whether a normal user may call this path. */
  allows(path: string): boolean {
    this.#look();
    return this.#patterns.some((pattern) => pattern.test(path));
  }

  #look(): void {
    const now = this.#clock.monotonicMs();
    if (now - this.#lookedAtMs < LOOK_MS) return;
    this.#lookedAtMs = now;
    const stat = this.#disk.stat(this.#path);
    const seen = stat === undefined ? '' : `${stat.modifiedMs} ${stat.sizeBytes}`;
    if (seen === this.#seen) return;
    this.#seen = seen;
    const content = seen === '' ? undefined : this.#disk.readFile(this.#path);
    if (content === undefined) {
      this.#patterns = SHIPPED.map(compilePattern);
      return;
    }
    const patterns = content.length > MAX_FILE_BYTES ? [] : parsePatterns(content.toString());
    this.#patterns = patterns.map(compilePattern);
    this.#logger.info('Permissions of normal users were read', { path: this.#path, patterns: patterns.length });
    if (patterns.length === 0) {
      this.#logger.warn('No pattern was found below rolePerms: Normal: normal users may call nothing', {
        path: this.#path,
      });
    }
  }
}

/** The list below `Normal:`; the rest of YAML has no place in this file. */
export function parsePatterns(text: string): string[] {
  const inline = /["']?Normal["']?\s*:\s*\[([^\]]*)\]/i.exec(text)?.[1];
  if (inline !== undefined) return inline.split(',').flatMap((each) => each.replace(/["'\s]/g, '') || []);
  const patterns: string[] = [];
  let isInside = false;
  for (const line of text.split(/\r?\n/)) {
    const entry = /^\s*-\s*["']?([^"'#\s]+)["']?\s*(?:#.*)?$/.exec(line);
    if (entry !== null) {
      if (isInside) patterns.push(entry[1]!);
    } else if (/^\s*[\w"']+\s*:/.test(line)) {
      isInside = /^\s*["']?Normal["']?\s*:/i.test(line);
    }
  }
  return patterns;
}

/** `?` is one letter, `*` a part of a path, `**` any rest. Source: Spring AntPathMatcher. */
export function compilePattern(pattern: string): RegExp {
  const source = pattern.replace(/\*\*|\*|\?|[.+^${}()|[\]\\]/g, (each) => {
    if (each === '**') return '.*';
    if (each === '*') return '[^/]*';
    return each === '?' ? '[^/]' : `\\${each}`;
  });
  return new RegExp(`^${source}$`);
}
