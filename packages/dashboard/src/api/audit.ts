import { type BrokerResult, PAGE_QUERY, type Page } from './page.ts';
import { answer, route } from './route.ts';

/** One change that somebody made or tried. */
export interface AuditEntry {
  readonly atMs: number;
  /** Undefined: nobody was logged in. */
  readonly userName?: string | undefined;
  readonly address: string;
  /** `POST /clusters/:cluster/topics`, or an end-point of Apache's dashboard. */
  readonly action: string;
  /** Undefined: it concerns no cluster. */
  readonly cluster?: string | undefined;
  /** Names in the address and values of the body, without passwords and bodies of messages. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Everything worked on every broker. */
  readonly ok: boolean;
  /** Why it did not. */
  readonly message?: string | undefined;
  readonly brokers: readonly BrokerResult[];
}

/** What was changed, the newest first. */
export const AUDIT_ROUTES = {
  listAudit: route('GET', '/audit', { query: PAGE_QUERY, answer: answer<Page<AuditEntry>>() }),
};
