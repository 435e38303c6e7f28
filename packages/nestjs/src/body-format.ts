/** The message property that names the form of the body. */
export const CONTENT_TYPE = 'contentType';

/** A body, and what its message says of it. */
export interface EncodedBody {
  readonly body: string | Uint8Array;
  /** Travels as the property `contentType`. Undefined: none. */
  readonly contentType: string | undefined;
}

/** How data becomes the body of a message, and a body data again. Both may throw; what is thrown names the reason. */
export interface BodyFormat {
  encode(data: unknown): EncodedBody;
  /** `contentType`: the property of the message, undefined for a message without it. */
  decode(body: Buffer, contentType: string | undefined): unknown;
}

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain';
const BYTES_TYPE = 'application/octet-stream';

/**
 * Bytes and texts as they are, everything else as JSON. A message without the property, of a client that is not ours, is JSON when it
 * can be read as such, else text.
 */
export const defaultBodyFormat: BodyFormat = {
  encode(data) {
    if (data instanceof Uint8Array) return { body: data, contentType: BYTES_TYPE };
    // An empty body can not be sent.
    if (typeof data === 'string' && data !== '') return { body: data, contentType: TEXT_TYPE };
    const body = JSON.stringify(data ?? null);
    if (body === undefined) throw new TypeError(`A ${typeof data} can not be sent as JSON.`);
    return { body, contentType: JSON_TYPE };
  },
  decode(body, contentType) {
    if (contentType === BYTES_TYPE) return body;
    const text = body.toString();
    if (contentType === TEXT_TYPE) return text;
    if (contentType === JSON_TYPE) return JSON.parse(text);
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  },
};
