/** A request that an end-point can't serve; the message is what `errMsg` shows. */
export class OldPathError extends Error {}

/**
 * Values of a request of Apache's dashboard, from the query, a form or a JSON object. As Spring does, a flag that is missing is false and
 * a list that is missing is empty; unknown names are passed over.
 */
export class Values {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** Of a query or form, then those of a JSON object. */
  static of(query: unknown, body: unknown): Values {
    const fields = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {};
    return new Values({ ...(query as object), ...fields });
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== null;
  }

  /** Undefined when it is missing or blank. */
  optional(name: string): string | undefined {
    const value = first(this.#values[name]);
    const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
    return text === undefined || text.trim() === '' ? undefined : text;
  }

  /** Throws `OldPathError` when it is missing. */
  text(name: string): string {
    const text = this.optional(name);
    if (text === undefined) throw new OldPathError(`Required parameter '${name}' is not present.`);
    return text;
  }

  integer(name: string, fallback?: number): number {
    const value = first(this.#values[name]);
    if (value === undefined || value === null || value === '') {
      if (fallback !== undefined) return fallback;
      throw new OldPathError(`Required parameter '${name}' is not present.`);
    }
    const number = typeof value === 'string' && /^\s*[-+]?\d{1,16}\s*$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isSafeInteger(number))
      throw new OldPathError(
        `Parameter '${name}' must be a whole number, not ${JSON.stringify(value)?.slice(0, 100)}.`,
      );
    return number;
  }

  flag(name: string): boolean {
    const value = first(this.#values[name]);
    return value === true || value === 1 || ['true', '1', 'on', 'yes'].includes(String(value).toLowerCase());
  }

  texts(name: string): string[] {
    const value = this.#values[name];
    if (value === undefined || value === null || value === '') return [];
    const list = Array.isArray(value) ? value : [value];
    return list.map((each) => String(each)).filter((each) => each !== '');
  }

  /** An object inside the object. */
  object(name: string): Values {
    const value = this.#values[name];
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new OldPathError(`Required parameter '${name}' is not present.`);
    return new Values(value as Readonly<Record<string, unknown>>);
  }

  objects(name: string): Values[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.map(asValues) : [];
  }

  /** All of them, for what is passed on to a broker. */
  all(): Readonly<Record<string, unknown>> {
    return this.#values;
  }
}

/** Entries of a JSON list. */
export function listOf(body: unknown): Values[] {
  if (!Array.isArray(body)) throw new OldPathError('The body must be a JSON list.');
  return body.map(asValues);
}

function asValues(value: unknown): Values {
  return new Values(typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {});
}

/** A parameter that is given twice counts once. */
function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}
