import assert from 'node:assert/strict';
import { parseEndpoint, silentLogger } from '@rocketmq-ts/kernel';
import { type Command, commandTable, type ResponseInput } from '@rocketmq-ts/protocol';
import { type Call, createRemotingServer } from '@rocketmq-ts/remoting';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { runMqadmin } from '../src/index.ts';

/** A request that Apache's mqadmin sent, and what an Apache server answered. */
export interface Exchange {
  /** `host:port` of the server. */
  readonly address: string;
  readonly code: number;
  readonly extFields: Readonly<Record<string, string>>;
  readonly body?: RecordedBody;
  readonly answer: {
    readonly code: number;
    readonly remark?: string;
    readonly extFields?: Readonly<Record<string, string>>;
    readonly body?: RecordedBody;
  };
}

export interface RecordedBody {
  readonly text?: string;
  readonly base64?: string;
}

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Requests in order as `code field=value …`. */
  readonly requests: readonly ReceivedRequest[];
}

export interface ReceivedRequest {
  readonly address: string;
  readonly code: number;
  readonly extFields: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Given {
  readonly nowMs?: number;
  readonly env?: Record<string, string>;
  readonly toolsYml?: string;
  /** Interrupts the program after so long. */
  readonly interruptAfterMs?: number;
}

/** Runs mqadmin against servers in memory that know these exchanges and nothing else. */
export async function runAgainst(
  argv: readonly string[],
  exchanges: readonly Exchange[],
  given: Given = {},
): Promise<Outcome> {
  const environment = new SimulatedEnvironment(1, given.nowMs === undefined ? {} : { clock: { startMs: given.nowMs } });
  const admin = environment.machine('admin');
  const requests: ReceivedRequest[] = [];
  const servers = [];
  for (const address of new Set(exchanges.map((exchange) => exchange.address))) {
    // The recordings name loopback addresses, so everything is on one machine.
    const { port } = parseEndpoint(address)!;
    const server = createRemotingServer({ platform: admin, logger: silentLogger, host: '0.0.0.0', port });
    const own = exchanges.filter((exchange) => exchange.address === address);
    for (const command of commandTable.values()) {
      server.handle(command, (call) => {
        requests.push({ address, code: call.code, extFields: call.extFields, body: call.body.toString('utf8') });
        replay(call, own);
      });
    }
    await server.start();
    servers.push(server);
  }
  if (given.toolsYml !== undefined) {
    admin.disk.makeDirectory('/home/conf');
    const file = admin.disk.open('/home/conf/tools.yml', 'create');
    const content = Buffer.from(given.toolsYml);
    file.writeSync(content, 0, content.length, 0);
    file.close();
  }
  const interrupt = new AbortController();
  if (given.interruptAfterMs !== undefined) environment.clock.after(given.interruptAfterMs, () => interrupt.abort());
  let stdout = '';
  let stderr = '';
  const exitCode = await environment.clock.run(
    runMqadmin(argv, {
      platform: admin,
      signal: interrupt.signal,
      env: { NAMESRV_ADDR: '127.0.0.1:25877', ROCKETMQ_HOME: '/home', ...given.env },
      stdout: (text) => {
        stdout += text;
      },
      stderr: (text) => {
        stderr += text;
      },
    }),
  );
  for (const server of servers) await server.stop();
  return { exitCode, stdout, stderr, requests };
}

/**
 * Fields that differ from run to run: times, and of a send (one-letter names) the producer group, the queue picked and the
 * unique key among the properties.
 */
const VOLATILE = new Set(['timestamp', 'beginTimestamp', 'endTimestamp', 'a', 'e', 'g', 'i']);

function replay(call: Call<Command>, known: readonly Exchange[]): void {
  const found = known.find((exchange) => exchange.code === call.code && sameFields(exchange.extFields, call.extFields));
  if (found === undefined) return call.fail(1, `not in the recording: ${call.code} ${JSON.stringify(call.extFields)}`);
  const { code, remark, extFields, body } = found.answer;
  call.answer({} as ResponseInput<Command>, { code, remark, extFields, body: bytesOf(body) });
}

/** All that Apache sent must be there and equal; what is only ours must be a default. */
function sameFields(recorded: Readonly<Record<string, string>>, sent: Readonly<Record<string, string>>): boolean {
  return Object.entries(sent).every(
    ([name, value]) => VOLATILE.has(name) || recorded[name] === undefined || recorded[name] === value,
  );
}

function bytesOf(body: RecordedBody | undefined): Buffer | undefined {
  if (body === undefined) return undefined;
  return body.text === undefined ? Buffer.from(body.base64 ?? '', 'base64') : Buffer.from(body.text, 'utf8');
}

/** Fails unless every request was answered from the recording. */
export function assertRecorded(outcome: Outcome): void {
  assert.doesNotMatch(outcome.stderr, /not in the recording/);
}
