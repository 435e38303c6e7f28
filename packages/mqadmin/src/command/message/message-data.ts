import type { MessageView } from '@rocketmq-ts/admin';
import { formatEndpoint } from '@rocketmq-ts/kernel';
import type { Decoder } from '../values.ts';

/** What an answer has besides the fields of a message. */
interface Extras {
  /** With it the body is there, as text, or in base64 where it is no text of the charset. */
  readonly decoder?: Decoder | undefined;
  readonly brokerName?: string | undefined;
  /** File that has the body. */
  readonly bodyPath?: string | undefined;
}

/** A message as an answer has it. */
export function messageData(message: MessageView, { decoder, brokerName, bodyPath }: Extras = {}): object {
  const { topic, msgId, offsetMsgId, queueId, queueOffset, physicalOffset, tags, keys, sysFlag, storeSize } = message;
  const { reconsumeTimes, bornTimestamp, storeTimestamp, properties } = message;
  return {
    ...{ topic, msgId, offsetMsgId, brokerName, queueId, queueOffset, physicalOffset, storeSize, tags, keys },
    ...{ reconsumeTimes, sysFlag, bornTimestamp, storeTimestamp },
    bornHost: formatEndpoint(message.bornHost),
    storeHost: formatEndpoint(message.storeHost),
    properties,
    ...(decoder === undefined ? {} : bodyData(message.body, decoder)),
    bodyPath,
  };
}

function bodyData(body: Buffer, { encoding }: Decoder): object {
  try {
    return { body: new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(body) };
  } catch {
    return { bodyBase64: body.toString('base64') };
  }
}
