import type { TopicConfig } from '@rocketmq-ts/protocol';

/** One attribute that a topic may have. Source: TopicAttributes. */
interface Attribute {
  readonly changeable: boolean;
  /** Undefined when the value may stand. */
  readonly problem: (value: string) => string | undefined;
}

function oneOf(...values: readonly string[]): Attribute['problem'] {
  return (value) => (values.includes(value) ? undefined : `value is not in set: [${values.join(', ')}]`);
}

const attributes: Readonly<Record<string, Attribute>> = {
  'queue.type': { changeable: false, problem: oneOf('SimpleCQ') },
  'cleanup.policy': { changeable: false, problem: oneOf('DELETE') },
  'message.type': {
    changeable: true,
    problem: oneOf('NORMAL', 'FIFO', 'DELAY', 'TRANSACTION', 'UNSPECIFIED', 'PRIORITY'),
  },
  'reserve.time': {
    changeable: true,
    problem: (value) =>
      /^-?\d+$/.test(value) && Number(value) >= -1 ? undefined : 'value is not in range(-1, 9223372036854775807)',
  },
};

/**
 * True for a topic whose queues Apache's broker keeps as batch consume queues. Such a topic may stand in the table of a
 * store that it has written; this broker neither writes nor reads it, and leaves its messages as they are.
 */
export function hasBatchQueues(topic: TopicConfig): boolean {
  return topic.attributes['queue.type'] === 'BatchCQ';
}

/**
 * Applies `+key=value,-key` to what a topic has; a text names what is wrong. BatchCQ and COMPACTION are refused, since this
 * broker does not keep such queues. Source: AttributeParser, AttributeUtil.
 */
export function alterAttributes(
  current: Readonly<Record<string, string>> | undefined,
  request: string | undefined,
): Readonly<Record<string, string>> | string {
  const result: Record<string, string> = { ...current };
  if (request === undefined || request === '') return result;
  const seen = new Set<string>();
  for (const piece of request.split(',')) {
    const sign = piece[0];
    const [key = '', value] = piece.slice(1).split('=', 2) as [string, string | undefined];
    if (sign !== '+' && sign !== '-') return `wrong format key: ${piece}`;
    if (seen.has(key)) return `alter duplication key. key: ${key}`;
    seen.add(key);
    const attribute = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
    if (attribute === undefined) return `unsupported key: ${key}`;
    if (sign === '-') {
      if (current === undefined) return `only add attribute is supported while creating topic. key: ${key}`;
      if (!Object.hasOwn(result, key)) return `attempt to delete a nonexistent key: ${key}`;
      delete result[key];
      continue;
    }
    if (value === undefined || value === '') return 'kv string format wrong.';
    const problem = attribute.problem(value);
    if (problem !== undefined) return problem;
    if (!attribute.changeable && current !== undefined && Object.hasOwn(current, key) && current[key] !== value) {
      return `attempt to update an unchangeable attribute. key: ${key}`;
    }
    result[key] = value;
  }
  return result;
}
