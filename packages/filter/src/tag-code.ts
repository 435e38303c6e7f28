import { javaHashCode } from '@rocketmq-ts/kernel';

let lastTag = '';
let lastCode = 0;

/**
 * The tags code of a message: Java's hash of its tag, 0 without one. Consume queue units hold it in place of the tag, so two
 * tags may share a code. The last one is remembered, since producers repeat themselves.
 * Source: MessageExtBrokerInner#tagsString2tagsCode.
 */
export function tagCode(tag: string | undefined): number {
  if (tag === undefined || tag === '') return 0;
  if (tag !== lastTag) {
    lastTag = tag;
    lastCode = javaHashCode(tag);
  }
  return lastCode;
}
