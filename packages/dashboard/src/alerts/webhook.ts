import { asError, type Clock, type Logger, sleep, type Timer } from '@rocketmq-ts/kernel';
import type { AlertEvent, WebhookFormat, WebhookState } from '../api/index.ts';
import { type Notice, noticeBody } from './formats.ts';

/** An answer of the receiver. */
export interface PostAnswer {
  readonly status: number;
  /** The beginning of its body. */
  readonly text: string;
}

/** Posts JSON. Rejects when there is no answer; follows no redirect. */
export type PostJson = (url: string, body: string, signal: AbortSignal) => Promise<PostAnswer>;

interface WebhookOptions {
  /** http or https. */
  readonly url: string;
  readonly format: WebhookFormat;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly post: PostJson;
}

/** Messages that wait at most; then the oldest is lost. */
const MAX_WAITING = 100;
/** Alerts of one message. */
const MAX_EVENTS = 50;
const TIME_OUT_MS = 10_000;
/** Between the tries of one message. */
const PAUSES_MS: readonly number[] = [2000, 10_000, 30_000, 60_000];

/** Sends messages one after the other, each with a few tries. Nothing throws: what went wrong is in `state`. */
export class Webhook {
  readonly #options: WebhookOptions;
  readonly #waiting: Notice[] = [];
  readonly #stopped = new AbortController();
  #isWorking = false;
  #sent = 0;
  #lost = 0;
  #sentAtMs: number | undefined;
  #failedAtMs: number | undefined;
  #failure: string | undefined;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** What is waiting is given up. */
  stop(): void {
    this.#stopped.abort();
    this.#waiting.length = 0;
  }

  /** All that is known, with the host; what of it is shown to whom is the caller's. */
  state(): WebhookState {
    return {
      format: this.#options.format,
      host: new URL(this.#options.url).origin,
      ...{ waiting: this.#waiting.length, sent: this.#sent, lost: this.#lost },
      ...{ sentAtMs: this.#sentAtMs, failedAtMs: this.#failedAtMs, failure: this.#failure },
    };
  }

  /** `cluster`: its name. Returns at once. */
  send(cluster: string, events: readonly AlertEvent[]): void {
    if (this.#stopped.signal.aborted) return;
    for (let from = 0; from < events.length; from += MAX_EVENTS)
      this.#waiting.push({ cluster, events: events.slice(from, from + MAX_EVENTS) });
    const tooMany = this.#waiting.length - MAX_WAITING;
    if (tooMany > 0) {
      this.#waiting.splice(0, tooMany);
      this.#lost += tooMany;
    }
    if (!this.#isWorking) void this.#work();
  }

  /** One try, whatever is waiting; undefined when it was taken, else why not. */
  async test(notice: Notice): Promise<string | undefined> {
    const { why } = await this.#try(notice);
    return why;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (let notice = this.#waiting.shift(); notice !== undefined; notice = this.#waiting.shift()) {
      if (await this.#deliver(notice)) continue;
      if (this.#stopped.signal.aborted) break;
      this.#lost += 1;
      this.#options.logger.error('An alert could not be sent', { reason: this.#failure, alerts: notice.events.length });
    }
    this.#isWorking = false;
  }

  async #deliver(notice: Notice): Promise<boolean> {
    const { clock } = this.#options;
    for (const pauseMs of [...PAUSES_MS, undefined]) {
      const { why, mayRepeat } = await this.#try(notice);
      if (why === undefined) return true;
      if (!mayRepeat || pauseMs === undefined || this.#stopped.signal.aborted) return false;
      await sleep(clock, pauseMs, this.#stopped.signal);
    }
    return false;
  }

  async #try(notice: Notice): Promise<Outcome> {
    const { clock } = this.#options;
    const { why, mayRepeat } = await this.#post(notice);
    this.#failure = why === undefined ? undefined : this.#plain(why);
    if (why === undefined) {
      this.#sent += 1;
      this.#sentAtMs = clock.now();
    } else this.#failedAtMs = clock.now();
    return { why: this.#failure, mayRepeat };
  }

  async #post(notice: Notice): Promise<Outcome> {
    const { clock, url, post, format } = this.#options;
    const ends = new AbortController();
    const stop = (): void => ends.abort();
    this.#stopped.signal.addEventListener('abort', stop, { once: true });
    let timer: Timer | undefined;
    const timedOut = new Promise<Outcome>((resolve) => {
      timer = clock.after(TIME_OUT_MS, () => {
        resolve({ why: `no answer within ${TIME_OUT_MS / 1000} s`, mayRepeat: true });
        ends.abort();
      });
    });
    try {
      const body = JSON.stringify(noticeBody(format, notice));
      return await Promise.race([post(url, body, ends.signal).then(judgeAnswer), timedOut]);
    } catch (error) {
      return { why: reasonsOf(error), mayRepeat: true };
    } finally {
      timer?.cancel();
      this.#stopped.signal.removeEventListener('abort', stop);
    }
  }

  /** Errors and answers may have the address in their words. */
  #plain(text: string): string {
    const { url } = this.#options;
    const { href, origin } = new URL(url);
    return text.replaceAll(href, origin).replaceAll(url, origin).slice(0, MAX_SHOWN);
  }
}

interface Outcome {
  /** Undefined: it was taken. */
  readonly why: string | undefined;
  readonly mayRepeat: boolean;
}

const MAX_SHOWN = 300;

/** DingTalk and WeCom answer 200 with an `errcode` for what they refuse. */
function judgeAnswer({ status, text }: PostAnswer): Outcome {
  const shown = text.replace(/\s+/g, ' ').trim().slice(0, MAX_SHOWN);
  if (status >= 300 && status < 400)
    return { why: `HTTP ${status}: it leads to another address, which is not followed`, mayRepeat: false };
  if (status < 200 || status >= 300)
    return { why: `HTTP ${status} ${shown}`.trimEnd(), mayRepeat: status >= 500 || status === 408 || status === 429 };
  const code = /"errcode"\s*:\s*(-?\d+)/.exec(text)?.[1];
  return code === undefined || Number(code) === 0 ? TAKEN : { why: `it refuses: ${shown}`, mayRepeat: false };
}

const TAKEN: Outcome = { why: undefined, mayRepeat: false };

/** `fetch failed` has what happened in its cause. */
function reasonsOf(thrown: unknown): string {
  const { message, cause } = asError(thrown);
  return cause === undefined ? message : `${message}: ${asError(cause).message}`;
}
