import { ClientError } from '../errors.ts';
import { isThenable, reasonOf } from '../user-code.ts';
import type { Message } from './message.ts';
import type { Deserializer } from './message-ext.ts';

/** Turns values into bodies of messages and back: the option `serializer` of producers and consumers. Both calls are synchronous. */
export interface Serializer<T> extends Deserializer<T> {
  /** The body of a message, text as UTF-8. What it throws, the send rejects with as `cause` of ClientError `BODY_UNENCODABLE`. */
  serialize(value: T, topic: string): Uint8Array | string;
}

/** A consumer whose messages have values other than bytes needs a serializer. */
export type DecoderNeeded<T> = Buffer extends T ? object : { readonly serializer: Serializer<T> };

/** A producer whose messages have bodies other than text or bytes needs a serializer. */
export type EncoderNeeded<T> = [T] extends [string | Uint8Array] ? object : { readonly serializer: Serializer<T> };

/** What `message.value` is where producers send bodies of type `T`. */
export type ReceivedValue<T> = [T, string | Uint8Array] extends [string | Uint8Array, T] ? Buffer : T;

/** A schema after the Standard Schema specification, version 1: of zod, valibot, arktype and others. */
export interface SchemaLike<T> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    validate(value: unknown): SchemaResult<T> | Promise<SchemaResult<T>>;
  };
}

/** A value, or what is wrong with it. */
export type SchemaResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** What a schema finds wrong with a value, as Standard Schema has it. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Issues that an error text names. */
const ISSUES_NAMED = 3;

/**
 * Bodies are JSON in UTF-8. With a schema, which must answer at once, each received value is what the schema makes of it; what it
 * refuses cannot be decoded. Sent values are not looked at: their types are.
 */
export function json<T>(schema?: SchemaLike<T>): Serializer<T> {
  return {
    serialize: (value) => JSON.stringify(value),
    deserialize: (body) => {
      const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
      return schema === undefined ? (value as T) : validated(schema, value);
    },
  };
}

function validated<T>(schema: SchemaLike<T>, value: unknown): T {
  const result = schema['~standard'].validate(value);
  if (isThenable(result)) throw new TypeError('the schema answers later, but a schema of json() must answer at once');
  if (result.issues === undefined) return result.value;
  const named = result.issues.slice(0, ISSUES_NAMED).map(({ message, path = [] }) => {
    const place = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  throw new TypeError(`the schema refuses it: ${named.join('; ')}`);
}

/** The message with bytes or text as its body. Throws ClientError `BODY_UNENCODABLE`. */
export function encodeBody<T>(message: Message<T>, serializer: Serializer<T> | undefined): Message {
  // What is no message is refused where messages are checked.
  if (serializer === undefined || message === null || typeof message !== 'object') return message as Message;
  const { topic } = message;
  let body: unknown;
  try {
    body = serializer.serialize(message.body, topic);
  } catch (cause) {
    const text = `The serializer threw at the body of a message to topic ${topic}: ${reasonOf(cause)}`;
    throw new ClientError('BODY_UNENCODABLE', text, { cause, facts: { topic } });
  }
  if (typeof body === 'string' || body instanceof Uint8Array) return { ...message, body };
  const what = isThenable(body) ? 'a promise' : body === undefined ? 'nothing' : typeof body;
  const text = `The serializer gave ${what} for the body of a message to topic ${topic}, neither text nor bytes.`;
  throw new ClientError('BODY_UNENCODABLE', text, { facts: { topic } });
}

/** Throws ClientError `OPTION_ILLEGAL` unless it has the method that is needed. */
export function requireSerializer<T>(
  serializer: Serializer<T> | undefined,
  method: keyof Serializer<T>,
): Serializer<T> | undefined {
  if (serializer === undefined || typeof serializer?.[method] === 'function') return serializer;
  throw new ClientError('OPTION_ILLEGAL', `The option serializer has no method ${method}.`, {
    facts: { option: 'serializer' },
  });
}
