import { QUERY_MESSAGE, ResponseCode } from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import { MAX_QUERY_BYTES } from '@rocketmq-ts/store';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'store' | 'config' | 'logger'>;

/** Index type of a query by tag; without it or with `K` and `U` it is one by key. Source: MessageConst#INDEX_TAG_TYPE. */
const TAG_TYPE = 'T';

/** Messages by key, unique key or tag. Source: QueryMessageProcessor#queryMessage of 5.4.0. */
export function serveMessageQueries(server: RemotingServer, parts: Parts): void {
  // Its records gather in memory before the size of the answer is known.
  server.handle(QUERY_MESSAGE, (call) => {
    if (call.reserve(MAX_QUERY_BYTES)) queryMessages(call, parts);
    else call.whenReserved(MAX_QUERY_BYTES, () => queryMessages(call, parts));
  });
}

function queryMessages(call: Call<typeof QUERY_MESSAGE>, parts: Parts): void {
  if (call.abandoned) return call.release();
  const { topic, key, beginTimestamp, endTimestamp, indexType, uniqueKeyQuery } = call.header;
  const { maxMsgsNumBatch, defaultQueryMaxNum } = parts.config;
  const maxNum = Math.min(uniqueKeyQuery === true ? defaultQueryMaxNum : call.header.maxNum, maxMsgsNumBatch);
  const kind = indexType === TAG_TYPE && uniqueKeyQuery !== true ? 'TAG' : 'KEY';
  const abandoned = (): boolean => call.abandoned;
  const query = { topic, key, kind, maxNum, begin: beginTimestamp, end: endTimestamp, abandoned } as const;
  parts.store.query(query, ({ records, indexLastUpdateTimestamp, indexLastUpdatePhyoffset, complete }) => {
    if (!complete && !call.abandoned)
      parts.logger.warn('a query by key was not followed to its end', { topic, found: records.length });
    if (records.length > 0)
      return call.answer({ indexLastUpdateTimestamp, indexLastUpdatePhyoffset }, { body: Buffer.concat(records) });
    // Apache's broker sends the end of the index only together with messages.
    const nothing = { indexLastUpdateTimestamp: 0, indexLastUpdatePhyoffset: 0 };
    call.fail(ResponseCode.QUERY_NOT_FOUND, 'can not find message, maybe time range not correct', nothing);
  });
}
