import { encodeJson } from '../json/write.ts';
import { Members } from './members.ts';

/** How a comparison of consume queues in files and in RocksDB came out. Source: CheckRocksdbCqWriteResult. */
export interface CheckRocksdbCqWriteResult {
  readonly checkResult: string | undefined;
  /** One of `CheckStatus`. */
  readonly checkStatus: number;
}

/** Source: CheckRocksdbCqWriteResult.CheckStatus. */
export const CheckStatus = { CHECK_OK: 0, CHECK_NOT_OK: 1, CHECK_IN_PROGRESS: 2, CHECK_ERROR: 3 } as const;

/** The body, as Apache writes it. */
export function encodeCheckRocksdbCqWriteResult(result: CheckRocksdbCqWriteResult): Buffer {
  return encodeJson(result);
}

/** Throws BAD_BODY. */
export function decodeCheckRocksdbCqWriteResult(body: Uint8Array): CheckRocksdbCqWriteResult {
  const members = Members.parse(body, 'CheckRocksdbCqWriteResult');
  return { checkResult: members.optionalText('checkResult'), checkStatus: members.integer('checkStatus', 0) };
}
