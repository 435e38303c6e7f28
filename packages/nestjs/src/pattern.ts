/** Messages of a topic: those with certain tags, those that an SQL92 expression selects, or all. */
export interface RocketmqPattern {
  readonly topic: string;
  /** `TagA || TagB`, or `*` for all messages. A client that sends gives one tag. Default: all; a client sends without a tag. */
  readonly tags?: string | undefined;
  /** An expression about properties, such as `price > 10`. For handlers only, and not together with `tags`. */
  readonly sql?: string | undefined;
}

/** A text is a topic; undefined for what is no pattern of this transport, such as `{ cmd: 'sum' }` in a hybrid application. */
export function patternOf(pattern: unknown): RocketmqPattern | undefined {
  if (typeof pattern === 'string') return { topic: pattern };
  if (typeof pattern !== 'object' || pattern === null) return undefined;
  const { topic, tags, sql } = pattern as { readonly [Key in keyof RocketmqPattern]?: unknown };
  if (typeof topic !== 'string' || !isTextOrNothing(tags) || !isTextOrNothing(sql)) return undefined;
  return { topic, tags, sql };
}

/** The tags of an expression; undefined when it is about all messages. */
export function tagsOf(expression: string | undefined): readonly string[] | undefined {
  if (expression === undefined) return undefined;
  const tags = expression.split('||').map((tag) => tag.trim());
  return tags.includes('*') ? undefined : tags.filter((tag) => tag !== '');
}

/** For log lines and errors. */
export function patternText(pattern: unknown): string {
  try {
    return typeof pattern === 'string' ? pattern : (JSON.stringify(pattern) ?? String(pattern));
  } catch {
    return String(pattern);
  }
}

function isTextOrNothing(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
