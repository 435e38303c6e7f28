/**
 * The language in which commands are declared. A command is one table entry: code, name, the fields of its request and
 * response headers with type and presence. Types, codecs, handler signature, client call and documentation follow.
 *
 * On the wire every header value is a string in `extFields`; see `codec/fields.ts` for the interpreter of these tables.
 */
export type FieldKind = 'string' | 'int' | 'long' | 'boolean';

/** One field of a header. */
export interface Field<Type, Presence extends FieldPresence> {
  readonly kind: FieldKind;
  readonly presence: Presence;
  /** What a decoder fills in when the field is missing; only for presence `default`. */
  readonly fallback: Type | undefined;
  /** Key on the wire when it differs from our name. */
  readonly wireKey: string | undefined;
  /** Never present; carries the type. */
  readonly type?: Type;
}

/** `required`: a request without it is refused by name. `optional`: undefined when missing. `default`: filled in. */
export type FieldPresence = 'required' | 'optional' | 'default';
/** A field of any type. */
export type AnyField = Field<string, FieldPresence> | Field<number, FieldPresence> | Field<boolean, FieldPresence>;
/** A header: its fields by our names. */
export type Fields = Readonly<Record<string, AnyField>>;

/** Text; sent as it is. */
export const str = (): Field<string, 'required'> => field('string');
/** Signed 32 bit integer in decimal. */
export const int = (): Field<number, 'required'> => field('int');
/**
 * Signed 64 bit integer in decimal, held in a number. Values beyond ±2^53 are cut to ±Number.MAX_SAFE_INTEGER on reading,
 * and Number.MAX_SAFE_INTEGER is written as 2^63−1: Apache uses only the extreme value there, for "without end".
 */
export const long = (): Field<number, 'required'> => field('long');
/** `true` or `false`; anything that is not "true" in any case reads as false. */
export const bool = (): Field<boolean, 'required'> => field('boolean');

/** May be missing. */
export function optional<Type>(inner: Field<Type, 'required'>): Field<Type, 'optional'> {
  return { ...inner, presence: 'optional' } as Field<Type, 'optional'>;
}

/** May be missing; then it reads as `fallback`. */
export function withDefault<Type>(inner: Field<Type, 'required'>, fallback: Type): Field<Type, 'default'> {
  return { ...inner, presence: 'default', fallback } as Field<Type, 'default'>;
}

/** The field has another key on the wire (one-letter V2 names, names that Apache misspells). */
export function wire<Type, Presence extends FieldPresence>(
  wireKey: string,
  inner: Field<Type, Presence>,
): Field<Type, Presence> {
  return { ...inner, wireKey };
}

function field<Type>(kind: FieldKind): Field<Type, 'required'> {
  return { kind, presence: 'required', fallback: undefined, wireKey: undefined };
}

type TypeOf<F> = F extends Field<infer Type, FieldPresence> ? Type : never;
type KeysOf<T extends Fields, Presence extends FieldPresence> = {
  [Key in keyof T]: T[Key] extends Field<string | number | boolean, Presence>
    ? T[Key]['presence'] extends Presence
      ? Key
      : never
    : never;
}[keyof T];

/** A header as a receiver sees it: every field set, optional ones possibly to undefined. */
export type DecodedHeader<T extends Fields> = {
  readonly [Key in keyof T]: T[Key]['presence'] extends 'optional' ? TypeOf<T[Key]> | undefined : TypeOf<T[Key]>;
};

/** A header as a sender gives it: only required fields must be there. */
export type HeaderInput<T extends Fields> = {
  readonly [Key in KeysOf<T, 'required'>]: TypeOf<T[Key]>;
} & {
  readonly [Key in KeysOf<T, 'optional' | 'default'>]?: TypeOf<T[Key]> | undefined;
};

/** A kind of request, and its response. */
export interface Command<Request extends Fields = Fields, Response extends Fields = Fields> {
  readonly code: number;
  readonly name: string;
  readonly request: Request;
  readonly response: Response;
  /** False for answers that Apache sends without any `extFields` member; true when the member is there, even if empty. */
  readonly responseHasHeader: boolean;
}

/** The request header of a command, as its receiver sees it. */
export type RequestHeader<C extends Command> = DecodedHeader<C['request']>;
/** The response header of a command, as its receiver sees it. */
export type ResponseHeader<C extends Command> = DecodedHeader<C['response']>;
/** The request header of a command, as its sender gives it. */
export type RequestInput<C extends Command> = HeaderInput<C['request']>;
/** The response header of a command, as its sender gives it. */
export type ResponseInput<C extends Command> = HeaderInput<C['response']>;

/** All commands by code, in order of declaration: for the protocol page and its test. */
export const commandTable = new Map<number, Command>();

/** Declares a command. Throws when its code is declared already. */
export function command<Request extends Fields, Response extends Fields = Record<never, never>>(
  code: number,
  name: string,
  headers: { readonly request: Request; readonly response?: Response },
): Command<Request, Response> {
  if (commandTable.has(code)) throw new Error(`request code ${code} is declared twice`);
  const declared: Command<Request, Response> = {
    code,
    name,
    request: headers.request,
    response: headers.response ?? ({} as Response),
    responseHasHeader: headers.response !== undefined,
  };
  commandTable.set(code, declared as unknown as Command);
  return declared;
}

/** Fields that 5.x peers may add to any request about a topic. */
export const topicRequestFields = {
  namespace: wire('ns', optional(str())),
  namespaced: wire('nsd', optional(bool())),
  targetBrokerName: wire('bname', optional(str())),
  forwardedOneway: wire('oway', optional(bool())),
  logical: wire('lo', optional(bool())),
};

/** The same without the static-topic mark. */
export const rpcRequestFields = {
  namespace: topicRequestFields.namespace,
  namespaced: topicRequestFields.namespaced,
  targetBrokerName: topicRequestFields.targetBrokerName,
  forwardedOneway: topicRequestFields.forwardedOneway,
};
