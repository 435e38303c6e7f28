const VERSION_1 = 'v1';
/** Base64 in the alphabet for URLs; padding complete or left out, as Java's decoder takes it. */
const BASE64_URL = /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}(?:==)?|[A-Za-z0-9_-]{3}=?)?$/;

/** What a recall handle names: a message that is not delivered yet. */
export interface RecallHandle {
  readonly topic: string;
  /** The broker that keeps the message. */
  readonly brokerName: string;
  /** Time of delivery, ms since the epoch; −1 when the text of the handle is no number there. */
  readonly timestamp: number;
  /** Unique key of the message. */
  readonly messageId: string;
}

/**
 * The handle that a broker returns for a timer message, and that a producer gives back to recall it: the five words
 * `v1 topic brokerName timestamp messageId` with a blank between them, as padded Base64 in the alphabet for URLs. A word must
 * not hold a blank. Source: RecallMessageHandle.HandleV1#buildHandle.
 */
export function encodeRecallHandle({ topic, brokerName, timestamp, messageId }: RecallHandle): string {
  const encoded = Buffer.from(`${VERSION_1} ${topic} ${brokerName} ${timestamp} ${messageId}`).toString('base64url');
  return encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '=');
}

/** Undefined for what is no handle; never throws. Words after the fifth are ignored. Source: RecallMessageHandle#decodeHandle. */
export function decodeRecallHandle(text: string): RecallHandle | undefined {
  if (typeof text !== 'string' || !BASE64_URL.test(text)) return undefined;
  const words = Buffer.from(text, 'base64url').toString().split(' ');
  // Java's split leaves out empty words at the end.
  while (words.at(-1) === '') words.pop();
  const [version, topic, brokerName, timestamp, messageId] = words;
  if (version !== VERSION_1 || messageId === undefined) return undefined;
  return { topic: topic!, brokerName: brokerName!, timestamp: timestampOf(timestamp!), messageId };
}

function timestampOf(text: string): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : -1;
  return Number.isSafeInteger(value) ? value : -1;
}
