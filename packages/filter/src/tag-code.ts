import { javaHashCode } from '@rocketmq-ts/kernel';

/**
 * The tags code of a message: 0 without a tag. Two tags may share a code, so whoever needs the exact tag compares it too.
 * Source: MessageExtBrokerInner#tagsString2tagsCode.
 */
export function tagCode(tag: string | undefined): number {
  return tag === undefined ? 0 : javaHashCode(tag);
}
