import { type Command, encodeFrame } from '@rocketmq-ts/protocol';
import type { SeededRandom } from '@rocketmq-ts/testing/simulated';

const LARGEST = ['2147483647', '-2147483648', '9223372036854775807', '-9223372036854775808', '99999999999999999999'];
const NUMBERS = ['0', '1', '4', '-1', '18', '1700000000000', '', ' 1', '1.5', '1e3', 'NaN', 'null', '0x10', ...LARGEST];
const NAMES = [
  'T',
  'G',
  'a',
  'TBW102',
  '%RETRY%G',
  '%DLQ%G',
  'SCHEDULE_TOPIC_XXXX',
  'DefaultCluster',
  'c1',
  'broker:10911',
];
const ODD_TEXTS = [
  '',
  ' ',
  '||',
  '*',
  '../../etc/passwd',
  'a/b',
  '%',
  '\0',
  'TAGS\u0001a\u0002DELAY\u0001x\u0002',
  'DELAY\u00013\u0002DELAY\u000199\u0002WAIT',
  '\u0001\u0002\u0001',
  '{"a":',
  '[]',
  '{}',
  'constructor',
  '__proto__',
  'ключ 键 🔑',
  '\ud800',
];
const BODIES = [
  '',
  '{}',
  '[]',
  'null',
  '{"topic":1}',
  '{"offsetTable":{"T@G":{0:-1}}}',
  '[{"a":[[[[[[]]]]]]}]',
  '{"',
  '"x"',
];

/**
 * Requests as no client sends them: fields that are missing, of the wrong kind, far too large or strange; bodies of other
 * requests, cut and with changed bytes; headers whose bytes were changed. A seed gives all of them.
 */
export class RequestFuzzer {
  readonly #random: SeededRandom;
  readonly #bodies: readonly Buffer[];

  /** `bodies`: whole ones, of whatever requests, that are mutated. */
  constructor(random: SeededRandom, bodies: readonly Buffer[]) {
    this.#random = random;
    this.#bodies = [...bodies, ...BODIES.map((text) => Buffer.from(text))];
  }

  /** A frame that has its boundaries, whatever is in it; `mayBreak`: its header may be no header any more. */
  frame(command: Command, opaque: number, mayBreak: boolean): Buffer {
    const random = this.#random;
    const frame = encodeFrame({
      code: command.code,
      opaque,
      extFields: this.#fields(command),
      body: this.#body(),
      serializeType: random.chance(0.3) && command.code < 0x8000 ? 'ROCKETMQ' : 'JSON',
    });
    if (mayBreak)
      for (let i = random.between(1, 4); i > 0; i--) frame[random.between(8, frame.length - 1)] = random.below(256);
    return frame;
  }

  #fields(command: Command): Record<string, string> {
    const random = this.#random;
    const fields: Record<string, string> = {};
    const isWild = random.chance(0.3);
    for (const [name, field] of Object.entries(command.request)) {
      if (random.chance(isWild ? 0.3 : field.presence === 'required' ? 0.02 : 0.4)) continue;
      fields[field.wireKey ?? name] = this.#value(field.kind, isWild);
    }
    if (random.chance(0.05)) fields[random.pick(ODD_TEXTS)] = random.pick(ODD_TEXTS);
    return fields;
  }

  #value(kind: string, isWild: boolean): string {
    const random = this.#random;
    if (isWild && random.chance(0.5)) return random.pick(ODD_TEXTS);
    if (isWild && random.chance(0.02)) return 'x'.repeat(random.pick([127, 256, 32_768, 70_000]));
    if (kind === 'boolean') return random.pick(['true', 'false', 'TRUE', '1', '']);
    if (kind === 'string') return random.chance(0.7) ? random.pick(NAMES) : random.pick(ODD_TEXTS);
    return isWild ? random.pick(NUMBERS) : random.pick(['0', '1', '2', '4', '-1', '100']);
  }

  #body(): Buffer {
    const random = this.#random;
    if (random.chance(0.2)) return random.bytes(random.below(200));
    const body = Buffer.from(random.pick(this.#bodies));
    if (body.length === 0 || random.chance(0.3)) return body;
    if (random.chance(0.3)) return body.subarray(0, random.below(body.length));
    for (let i = random.between(1, 5); i > 0; i--) body[random.below(body.length)] = random.below(256);
    return random.chance(0.1) ? Buffer.concat([body, body]) : body;
  }
}
