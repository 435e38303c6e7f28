/**
 * A stored record, also the form in which messages travel in pull answers. All integers big-endian.
 *
 * | offset (both hosts IPv4) | size | field |
 * | --- | --- | --- |
 * | 0 | 4 | total size, including itself |
 * | 4 | 4 | magic |
 * | 8 | 4 | CRC-32 of the stored body & 0x7fffffff |
 * | 12 | 4 | queue id |
 * | 16 | 4 | flag of the producer |
 * | 20 | 8 | queue offset |
 * | 28 | 8 | physical offset |
 * | 36 | 4 | sys flag |
 * | 40 | 8 | born timestamp |
 * | 48 | 8 or 20 | born host: address, then the port in 4 bytes |
 * | 56 | 8 | store timestamp |
 * | 64 | 8 or 20 | store host |
 * | 72 | 4 | reconsume times |
 * | 76 | 8 | prepared transaction offset |
 * | 84 | 4 + n | body |
 * | | 1 or 2, + n | topic; the length takes 2 bytes with magic v2 |
 * | | 2 + n | properties |
 *
 * An IPv6 born host moves everything behind it by 12 bytes, an IPv6 store host moves what is behind that by 12 more.
 * Source: MessageDecoder, MessageExtEncoder; checked against files of a 5.4.0 broker.
 */
export const RecordOffset = {
  totalSize: 0,
  magic: 4,
  bodyCrc: 8,
  queueId: 12,
  flag: 16,
  queueOffset: 20,
  physicalOffset: 28,
  sysFlag: 36,
  bornTimestamp: 40,
  bornHost: 48,
} as const;

/** What a record says that it is. */
export const RecordMagic = {
  /** One byte of topic length. */
  v1: 0xdaa320a7 | 0,
  /** Two bytes of topic length; 5.x brokers use it for topics of more than 127 bytes. */
  v2: 0xdaa320ab | 0,
  /** Fills the end of a commit log file; only in files. */
  blank: 0xcbd43194 | 0,
} as const;

/** An IPv4 address and its port in a record. */
export const HOST_BYTES_V4 = 8;
/** An IPv6 address and its port in a record. */
export const HOST_BYTES_V6 = 20;

/** Bytes of a v1 record without body, topic and properties, both hosts IPv4. */
export const RECORD_FIXED_BYTES = 91;
