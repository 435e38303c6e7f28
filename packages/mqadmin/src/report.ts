import { AdminError } from '@rocketmq-ts/admin';
import { asError, CodedError } from '@rocketmq-ts/kernel';
import { jsonLine } from './json.ts';
import { forTerminal } from './safe-text.ts';

/** Where a run prints. */
interface Outputs {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** The command line does not fit. */
export const WRONG_USE = 1;
/** The command failed, or a part of it. Apache's tool ends with 0 then, so that a script can't see the failure. */
export const FAILED = 2;

/** What a run prints, as text or as lines of JSON, and the exit code that follows from it. */
export class Report {
  readonly #outputs: Outputs;
  readonly #isJson: boolean;
  exitCode = 0;

  constructor(outputs: Outputs, isJson: boolean) {
    this.#outputs = outputs;
    this.#isJson = isJson;
  }

  /** Text that JSON leaves out. */
  text(text: string): void {
    if (!this.#isJson) this.#outputs.stdout(forTerminal(text));
  }

  /** Data that text leaves out. */
  data(value: object | null): void {
    if (this.#isJson) this.#outputs.stdout(`${jsonLine(value)}\n`);
  }

  fail(): void {
    this.exitCode = FAILED;
  }

  /** `heading` comes before the reason in text. */
  failure(failure: unknown, heading = ''): void {
    this.exitCode = FAILED;
    if (this.#isJson) this.#error(errorData(failure));
    else this.#outputs.stderr(forTerminal(`${heading}${describe(failure)}\n`));
  }

  /** Words of Apache's on standard output that say why nothing was done. */
  refusal(text: string): void {
    this.exitCode = FAILED;
    if (this.#isJson) this.#error({ code: 'REFUSED', message: text.trim() });
    else this.#outputs.stdout(forTerminal(text));
  }

  note(sentence: string): void {
    this.#outputs.stderr(this.#isJson ? `${jsonLine({ note: sentence })}\n` : forTerminal(`${sentence}\n`));
  }

  /** The command line is not one: `message`, where there is one, on standard error, and the usage on standard output. */
  wrongUse(message: string | undefined, usage: string): void {
    this.exitCode = WRONG_USE;
    if (this.#isJson)
      return this.#error({ code: 'BAD_COMMAND_LINE', message: message ?? 'options are missing', usage });
    if (message !== undefined) this.#outputs.stderr(forTerminal(`${message}\n`));
    this.#outputs.stdout(usage);
  }

  #error(error: object): void {
    this.#outputs.stderr(`${jsonLine({ error })}\n`);
  }
}

function errorData(failure: unknown): object {
  const message = describe(failure);
  if (failure instanceof AdminError) {
    const { code, responseCode, address, remark } = failure;
    return { code, message, responseCode, address, remark };
  }
  return { code: failure instanceof CodedError ? failure.code : 'UNEXPECTED', message };
}

/** One line; a server's answer keeps the form that scripts know: `CODE: 17  DESC: …`. */
function describe(failure: unknown): string {
  const error = asError(failure);
  const known = error instanceof AdminError || error instanceof CodedError;
  const text = known ? error.message : `${error.name}: ${error.message}`;
  return text.replace(/\s*\n\s*/g, ' ');
}
