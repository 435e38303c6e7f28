/** One attribute that a topic or a group may have. Source: Attribute. */
export interface Attribute {
  /** False: decided when the topic is made. */
  readonly changeable: boolean;
  /** Undefined when the value may be used. */
  readonly problem: (value: string) => string | undefined;
}

export type Attributes = Readonly<Record<string, string>>;

/** `except`: values that Apache's broker knows and this one does not keep. Source: EnumAttribute. */
export function oneOf(values: readonly string[], except: readonly string[] = []): Attribute['problem'] {
  return (value) => {
    if (!values.includes(value)) return `value is not in set: [${values.join(', ')}]`;
    return except.includes(value) ? `${value} is not served by this version` : undefined;
  };
}

/** `max` undefined: as large as 64 bits allow. Source: LongRangeAttribute. */
export function longFrom(min: number, max?: number): Attribute['problem'] {
  return (value) => {
    if (!/^[+-]?\d{1,19}$/.test(value)) return `For input string: "${value}"`;
    const inRange = Number(value) >= min && (max === undefined || Number(value) <= max);
    return inRange ? undefined : `value is not in range(${min}, ${max ?? '9223372036854775807'})`;
  };
}

/**
 * Reads `+key=value,-key` to changes by key with sign; a text says what is wrong with it. Source: AttributeParser#parseToMap.
 */
export function parseAttributeChanges(request: string | undefined): Map<string, string> | string {
  const changes = new Map<string, string>();
  if (request === undefined || request === '') return changes;
  for (const piece of request.split(',')) {
    const equals = piece.indexOf('=');
    const key = equals < 0 ? piece : piece.slice(0, equals);
    const value = equals < 0 ? '' : piece.slice(equals + 1).split('=', 1)[0]!;
    if (equals >= 0 && !key.includes('+')) return `add/alter attribute format is wrong: ${key}`;
    if (equals < 0 && !key.includes('-')) return `delete attribute format is wrong: ${key}`;
    if (changes.has(key)) return `key duplication: ${key}`;
    changes.set(key, value);
  }
  return changes;
}

/**
 * Attributes after the changes, each key with its sign (`+` sets, `-` removes). `current` undefined: the topic or group is made by this
 * request. A text says what is wrong; then nothing is to be changed. Source: AttributeUtil#alterCurrentAttributes.
 */
export function alterAttributes(
  known: Readonly<Record<string, Attribute>>,
  current: Attributes | undefined,
  changes: Iterable<readonly [string, string]>,
): Attributes | string {
  const result: Record<string, string> = { ...current };
  const altered: [key: string, value: string | undefined][] = [];
  const seen = new Set<string>();
  for (const [signed, value] of changes) {
    const key = signed.slice(1);
    if (key === '' || /[+-]/.test(key)) return 'kv string format wrong.';
    if (seen.has(key)) return `alter duplication key. key: ${key}`;
    seen.add(key);
    const removes = signed[0] === '-';
    if (signed[0] !== '+' && current === undefined) {
      return `only add attribute is supported while creating topic. key: ${key}`;
    }
    if (signed[0] !== '+' && !removes) return `wrong format key: ${key}`;
    if (removes && !Object.hasOwn(result, key)) return `attempt to delete a nonexistent key: ${key}`;
    altered.push([key, removes ? undefined : value]);
  }
  for (const [key, value] of altered) {
    const attribute = Object.hasOwn(known, key) ? known[key] : undefined;
    if (attribute === undefined) return `unsupported key: ${key}`;
    if (current !== undefined && !attribute.changeable) {
      return `attempt to update an unchangeable attribute. key: ${key}`;
    }
    const problem = value === undefined ? undefined : attribute.problem(value);
    if (problem !== undefined) return problem;
    if (value === undefined) delete result[key];
    else result[key] = value;
  }
  return result;
}
