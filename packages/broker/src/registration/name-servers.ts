import { CodedError, type Logger, systemErrorCode } from '@rocketmq-ts/kernel';

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

  noneConfigured(): void {
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
    if (!this.#beginFailing(address)) return;
    this.#logger.warn('a name server refused the registration; it is tried again every second', {
      address,
      code,
      remark,
    });
    const reason = remark === undefined ? `code ${code}` : `code ${code}, ${remark}`;
    this.#reportFailure(address, `it refuses the registration (${reason})`);
  }

  /** A registration of so many bytes got no answer. */
  failedAt(address: string, error: Error, bodyBytes: number): void {
    if (!this.#beginFailing(address)) return;
    const isTooLarge = systemErrorCode(error) === 'BAD_FRAME';
    const wasCut = systemErrorCode(error) === 'CONNECTION_CLOSED' && bodyBytes >= LARGE_BODY_BYTES;
    const fields = { address, error: error.message, bodyBytes };
    if (isTooLarge || wasCut) {
      const sentence = isTooLarge
        ? 'a registration is too large for one frame'
        : 'a name server closed the connection over a large registration: its limit of a frame (com.rocketmq.remoting.frameMaxLength) may be lower';
      this.#logger.warn(`${sentence}; set enableSplitRegistration=true with a lower splitRegistrationSize`, fields);
      const limit = isTooLarge ? error.message : `a registration of ${bodyBytes} bytes made it close the connection`;
      this.#reportFailure(address, `${limit}; set enableSplitRegistration=true with a lower splitRegistrationSize`);
      return;
    }
    this.#logger.warn('a name server can not be reached; it is tried again every second', fields);
    this.#reportFailure(address, `it can not be reached (${shortReason(error)})`);
  }

  /** A name server that was restarted knows nothing of this broker. */
  connectionLost(address: string): void {
    if (!this.#registered.has(address) || !this.#beginFailing(address)) return;
    this.#logger.warn('the connection to a name server was lost; it is tried again every second', { address });
    this.#reportFailure(address, 'the connection was lost');
  }

  /** It is no longer in the list. */
  forget(address: string): void {
    this.#registered.delete(address);
    this.#failing.delete(address);
  }

  #beginFailing(address: string): boolean {
    this.#registered.delete(address);
    if (this.#failing.has(address)) return false;
    this.#failing.add(address);
    return true;
  }

  #reportFailure(address: string, reason: string): void {
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
