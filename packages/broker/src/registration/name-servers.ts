import { CodedError, type LogFields, type Logger, systemErrorCode } from '@rocketmq-ts/kernel';

/** Smaller ones are below every limit of a frame that makes sense. */
const LARGE_BODY_BYTES = 256 * 1024;

/** One sentence for the operator who watches the broker's console. */
export type Report = (sentence: string) => void;

/**
 * Which name servers know this broker. A failure is logged and reported once, and the success that ends it once again,
 * however often it is tried in between.
 */
export class NameServers {
  readonly #logger: Logger;
  readonly #report: Report;
  readonly #registered = new Set<string>();
  readonly #failing = new Set<string>();

  constructor(logger: Logger, report: Report) {
    this.#logger = logger;
    this.#report = report;
  }

  get anyFails(): boolean {
    return this.#failing.size > 0;
  }

  fails(address: string): boolean {
    return this.#failing.has(address);
  }

  /** It took the last registration. */
  knows(address: string): boolean {
    return this.#registered.has(address);
  }

  /** `why`: the address server could not be asked; otherwise nothing is configured. */
  noneKnown(why: string | undefined): void {
    if (why !== undefined)
      return this.#report(
        `No name server is known, so no client finds this broker: ${why}. It is asked again; name one with -n host:9876 to do without it`,
      );
    this.#report(
      'No name server is configured, so no client finds this broker: name one with -n host:9876, with namesrvAddr in the file given with -c, or in NAMESRV_ADDR',
    );
  }

  registeredAt(address: string): void {
    this.#registered.add(address);
    if (!this.#failing.delete(address)) return;
    this.#logger.info('registered with a name server again', { address });
    this.#report(`Registered with the name server ${address}: clients find this broker there`);
  }

  refusedBy(address: string, code: number, remark: string | undefined): void {
    const reason = remark === undefined ? `code ${code}` : `code ${code}, ${remark}`;
    const warning = 'a name server refused the registration; it is tried again every second';
    this.#fail(address, `it refuses the registration (${reason})`, warning, { code, remark });
  }

  /** A registration of so many bytes got no answer. */
  failedAt(address: string, error: Error, bodyBytes: number): void {
    const isTooLarge = systemErrorCode(error) === 'BAD_FRAME';
    const wasCut = systemErrorCode(error) === 'CONNECTION_CLOSED' && bodyBytes >= LARGE_BODY_BYTES;
    const fields = { error: error.message, bodyBytes };
    if (isTooLarge || wasCut) {
      const sentence = isTooLarge
        ? 'a registration is too large for one frame'
        : 'a name server closed the connection over a large registration: its limit of a frame (com.rocketmq.remoting.frameMaxLength) may be lower';
      const limit = isTooLarge ? error.message : `a registration of ${bodyBytes} bytes made it close the connection`;
      const advice = 'set enableSplitRegistration=true with a lower splitRegistrationSize';
      return this.#fail(address, `${limit}; ${advice}`, `${sentence}; ${advice}`, fields);
    }
    const warning = 'a name server can not be reached; it is tried again every second';
    this.#fail(address, `it can not be reached (${shortReason(error)})`, warning, fields);
  }

  /** A name server that was restarted knows nothing of this broker. */
  connectionLost(address: string): void {
    if (!this.#registered.has(address)) return;
    const warning = 'the connection to a name server was lost; it is tried again every second';
    this.#fail(address, 'the connection was lost', warning, {});
  }

  /** It is no longer in the list. */
  forget(address: string): void {
    this.#registered.delete(address);
    this.#failing.delete(address);
  }

  #fail(address: string, reason: string, warning: string, fields: LogFields): void {
    this.#registered.delete(address);
    if (this.#failing.has(address)) return;
    this.#failing.add(address);
    this.#logger.warn(warning, { address, ...fields });
    this.#report(
      `Not registered with the name server ${address}: ${reason}, so no client finds this broker there. It is tried again every second; start that name server (sh bin/mqnamesrv) or correct namesrvAddr (-n)`,
    );
  }
}

/** The system's code if there is one; it may be the cause of the connection's error. */
function shortReason(error: Error): string {
  const code = systemErrorCode(error.cause ?? error) ?? systemErrorCode(error);
  if (code !== undefined) return code;
  return error instanceof CodedError && error.cause instanceof Error ? error.cause.message : error.message;
}
