import {
  bareHost,
  flagProperty,
  integerProperty,
  isLinkLocalIpv6,
  optionalTextProperty,
  type Property,
  type TextFacts,
  textProperty,
  whyNotHost,
  zoneOf,
} from '@rocketmq-ts/kernel';
import { validateTopic } from '@rocketmq-ts/protocol';

/** A property for what this broker can not do yet: a configuration that asks for it is refused. */
export function notServed(meaning: string): Property<boolean> {
  const parse = (value: string): boolean | undefined => (value.trim().toLowerCase() === 'false' ? false : undefined);
  return {
    kind: 'flag',
    fallback: false,
    facts: { meaning, unlisted: true },
    allowed: `only false, since this broker does not serve it yet`,
    parse,
  };
}

/** The same for a property that Apache's broker lists. */
export function notServedYet(meaning: string): Property<boolean> {
  return { ...notServed(meaning), facts: { meaning } };
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of each delay level, level 1 first; undefined when the text is not a list of numbers with s, m, h or d. */
export function parseDelayLevels(text: string): number[] | undefined {
  const levels: number[] = [];
  for (const part of text.trim().split(/\s+/)) {
    const match = /^(\d+)([smhd])$/.exec(part);
    const delayMs = match === null ? Number.NaN : Number(match[1]) * UNIT_MS[match[2]!]!;
    if (!Number.isSafeInteger(delayMs)) return undefined;
    levels.push(delayMs);
  }
  return levels;
}

export function delayLevelsProperty(fallback: string, facts: TextFacts): Property<string> {
  return textProperty(fallback, {
    ...facts,
    allowed: 'times such as 1s 5m 2h 1d separated by blanks',
    whyNot: (value) => (parseDelayLevels(value) === undefined ? '' : undefined),
  });
}

/** Longest name of a file on the file systems of today. */
const MAX_FOLDER_NAME_BYTES = 255;

/**
 * A name that becomes part of topics, and so of folders of the store. Blanks and most other characters are
 * allowed, as by Apache's broker.
 */
function whyNotName(value: string): string | undefined {
  if (value === '.' || value === '..' || /[/\\]/.test(value)) return 'the name becomes a folder of the store';
  if (Buffer.byteLength(value) > MAX_FOLDER_NAME_BYTES - 32)
    return `it is longer than ${MAX_FOLDER_NAME_BYTES - 32} bytes`;
  return undefined;
}

export function nameProperty(fallback: string, facts: TextFacts): Property<string> {
  const whyNot = (value: string): string | undefined => (value === '' ? 'it is empty' : whyNotName(value));
  return textProperty(fallback, { ...facts, allowed: 'a name without / and \\', whyNot });
}

/** An empty value counts as not set. */
export function optionalNameProperty(facts: TextFacts): Property<string | undefined> {
  return optionalTextProperty({ ...facts, allowed: 'a name without / and \\', whyNot: whyNotName });
}

/**
 * An address that other machines are given. An empty value counts as not set. One with a zone, or a link-local one, which
 * needs a zone, means something on one machine only: others can't connect to it, and records have no room for a zone.
 */
export function publishedAddressProperty(facts: TextFacts): Property<string | undefined> {
  return optionalTextProperty({
    ...facts,
    allowed: 'an IPv4 address, an IPv6 address (with or without brackets) or a host name',
    whyNot: (value) => (value === '' ? undefined : whyNotPublished(value)),
  });
}

/** Why an address can't be given to other machines; undefined when it can. */
export function whyNotPublished(value: string): string | undefined {
  const host = bareHost(value);
  if (zoneOf(host) !== undefined || isLinkLocalIpv6(host)) {
    return `"${value}" is valid on one link of one machine only, so no other machine could connect to it; use a global or unique local address`;
  }
  return whyNotHost(value);
}

/** A topic that the broker makes. */
export function topicProperty(fallback: string, facts: TextFacts): Property<string> {
  return textProperty(fallback, { ...facts, allowed: 'the name of a topic', whyNot: validateTopic });
}

type IdleDefault = number | boolean | string | Property<unknown>;
type IdleProperty<Default> =
  Default extends Property<infer Type>
    ? Property<Type>
    : Property<Default extends number ? number : Default extends boolean ? boolean : string>;

/**
 * Properties that nothing here reads, by name and Apache's default: their values are checked by the kind of the default,
 * listed and kept, since tools look for them. `reason` says why they change nothing.
 */
export function idleProperties<const T extends Readonly<Record<string, IdleDefault>>>(
  reason: string,
  defaults: T,
): { readonly [Key in keyof T]: IdleProperty<T[Key]> } {
  const facts = { meaning: reason, idle: true };
  const property = (value: IdleDefault): Property<unknown> => {
    if (typeof value === 'object') return { ...value, facts: { ...value.facts, ...facts } };
    if (typeof value === 'boolean') return flagProperty(value, facts);
    if (typeof value === 'string') return textProperty(value, facts);
    // Apache's numbers have 32 or 64 bits; the default does not say which.
    return integerProperty(value, { ...facts, min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  };
  const entries = Object.entries(defaults).map(([key, value]) => [key, property(value)]);
  return Object.fromEntries(entries) as { readonly [Key in keyof T]: IdleProperty<T[Key]> };
}

/** Names that Apache's broker takes and does not list while they are not set. */
export function idleNames<const Name extends string>(
  reason: string,
  names: readonly Name[],
): { readonly [Key in Name]: Property<string | undefined> } {
  const property = optionalTextProperty({ meaning: reason, idle: true });
  return Object.fromEntries(names.map((name) => [name, property])) as {
    readonly [Key in Name]: Property<string | undefined>;
  };
}
