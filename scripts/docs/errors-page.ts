import { adminErrors } from '@rocketmq-ts/admin';
import { brokerErrors } from '@rocketmq-ts/broker';
import { clientErrors, refusalAdvice } from '@rocketmq-ts/client';
import { controllerErrors } from '@rocketmq-ts/controller';
import { dashboardErrors } from '@rocketmq-ts/dashboard';
import { filterErrors } from '@rocketmq-ts/filter';
import { type ErrorEntry, kernelErrors } from '@rocketmq-ts/kernel';
import { launcherErrors } from '@rocketmq-ts/launcher';
import { mqadminErrors } from '@rocketmq-ts/mqadmin';
import { mqstoreErrors } from '@rocketmq-ts/mqstore';
import { codecErrors, protocolErrors, responseCodeName } from '@rocketmq-ts/protocol';
import { remotingErrors } from '@rocketmq-ts/remoting';
import { senderErrors } from '@rocketmq-ts/sender';
import { storeErrors } from '@rocketmq-ts/store';
import { testingErrors } from '@rocketmq-ts/testing';
import { code, table } from './markdown.ts';

type ErrorTable = Readonly<Record<string, ErrorEntry>>;

/** What one class or room throws. */
interface ErrorSection {
  readonly room: string;
  /** Text above the table. */
  readonly text: string;
  readonly errors: ErrorTable;
  /** What follows the table. */
  readonly more?: string;
}

/** From low rooms to high ones. */
const errorSections: readonly ErrorSection[] = [
  {
    room: 'kernel',
    text: `\`CodedError\` itself. Errors of files and sockets keep the code that the system gives them (\`ENOSPC\`, \`ECONNREFUSED\`, \`EADDRINUSE\`, …).
The launcher turns the usual ones into a sentence on what to do.`,
    errors: kernelErrors,
  },
  { room: 'protocol', text: '`ProtocolError`: bodies, messages, texts.', errors: protocolErrors },
  { room: 'protocol, frames and headers', text: '`CodecError`.', errors: codecErrors },
  { room: 'filter', text: '`FilterError`.', errors: filterErrors },
  { room: 'remoting', text: '`RemotingError`; `facts.address` is the peer.', errors: remotingErrors },
  {
    room: 'store',
    text: '`StoreError`: the store does not open. What becomes of a message or a read is a status, not an error.',
    errors: storeErrors,
  },
  {
    room: 'client',
    text: `\`ClientError\` carries one of these codes. \`BrokerError\` (code \`BROKER_REFUSED\`) also has \`responseCode\`, \`remark\` and \`address\`.
Both have \`topic\`, \`brokerName\` and \`queueId\` where they are known. Calls that reach no peer reject with \`RemotingError\` where no
retries wrap it.`,
    errors: clientErrors,
    more: `What to do about a \`BrokerError\`, by its response code:

${refusals()}
`,
  },
  {
    room: 'sender',
    text: `\`SenderError\`, among them \`MessageSavedError\` (\`outboxId\`, \`uniqueKey\`) and \`MessageLostError\` (\`unsent\`). What is wrong with a message
itself rejects with the \`ClientError\` of its send. The command \`mqsender\` prints the message and ends with exit code 2.`,
    errors: senderErrors,
  },
  {
    room: 'broker',
    text: `\`BrokerError\`: the broker does not start. What it refuses afterwards it answers with a
[response code](protocol.md#response-codes).`,
    errors: brokerErrors,
  },
  {
    room: 'controller',
    text: '`ControllerError`. What it refuses it answers with a [response code](protocol.md#response-codes).',
    errors: controllerErrors,
  },
  {
    room: 'testing',
    text: '`TestingError`. A cluster that does not start rejects with the error of the server that refused to.',
    errors: testingErrors,
  },
  { room: 'admin', text: '`AdminError`, with `responseCode`, `remark` and `address`.', errors: adminErrors },
  { room: 'mqadmin', text: 'Commands print the message; nothing outside sees these.', errors: mqadminErrors },
  {
    room: 'dashboard',
    text: 'The `code` in the body of an answer with a status of 400 or more; `message` says the rest.',
    errors: dashboardErrors,
  },
  { room: 'mqstore', text: 'The command prints the message and ends with exit code 2.', errors: mqstoreErrors },
  {
    room: 'launcher',
    text: '`LauncherError`, `ArgumentsError` for the command line. The program prints the message and ends with exit code 1 where the table has no other one.',
    errors: launcherErrors,
  },
];

/** docs/errors.md */
export function errorsPage(): string {
  const sections = errorSections.map(({ room, text, errors, more }) =>
    [`## ${room}`, text, errorTable(errors), ...(more === undefined ? [] : [more.trimEnd()])].join('\n\n').concat('\n'),
  );
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

function refusals(): string {
  const rows = Object.entries(refusalAdvice).map(([number, advice]) => [
    number,
    code(responseCodeName(Number(number))),
    advice,
  ]);
  return table(['code', 'name', 'advice'], rows);
}

function errorTable(errors: ErrorTable): string {
  const rows = Object.entries(errors).map(([name, { meaning, retryable, advice }]) => [
    code(name),
    meaning,
    retryable ? 'yes' : 'no',
    advice,
  ]);
  return table(['code', 'meaning', 'retryable', 'advice'], rows);
}

const INTRODUCTION = `# Errors

Every error that this project throws on purpose is a \`CodedError\`: it has a \`code\`, \`retryable\` (the same call may succeed later or
elsewhere), \`facts\` and, where there is one, a \`cause\`. Branch on \`code\`; the words of a message may change. An error without
an entry here is a defect. The name server has no codes of its own: what it refuses it answers with a
[response code](protocol.md#response-codes), and a start that fails has a code of the kernel or of the system.
`;
