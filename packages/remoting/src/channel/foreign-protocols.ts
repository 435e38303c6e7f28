/** What the first bytes of a connection looked like. */
interface Look {
  /** As in "a connection that speaks …". */
  readonly name: string;
  /** Where such a client belongs, or what to change: a sentence. */
  readonly advice: string;
}

interface KnownLook extends Look {
  readonly matches: (bytes: Buffer) => boolean;
}

const WORDS = /^(GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH|TRACE|CONNECT) [^ ]/;
const REDIS = /^(\*\d+\r?\n|(PING|INFO|AUTH|HELLO|QUIT|SELECT|CONFIG|COMMAND|CLIENT|ECHO)( [^\r\n]*)?\r?\n)/i;
const MEMCACHED = /^(get|gets|set|stats|version|flush_all|mn)( [^\r\n]*)?\r\n/;
const MAIL = /^(EHLO|HELO|MAIL FROM|USER|NOOP|QUIT)\b/i;
const STOMP = /^(CONNECT|STOMP)\r?\n/;

const text = (pattern: RegExp) => (bytes: Buffer) => pattern.test(bytes.toString('latin1'));
const begins = (signature: string) => (bytes: Buffer) => bytes.toString('latin1', 0, signature.length) === signature;

/** The 32-bit word at `at`, −1 where the bytes end before. */
function word(bytes: Buffer, at: number): number {
  return bytes.length >= at + 4 ? bytes.readUInt32BE(at) : -1;
}

/** PostgreSQL: start-up of version 3, or a request for TLS, GSS or to cancel. Source: its documentation, message formats. */
const POSTGRES_WORDS = [0x0003_0000, 80_877_102, 80_877_103, 80_877_104];
/** Kafka: api key (up to 92 today) and version, both 16 bits, behind the length. Source: its protocol guide. */
const isKafka = (bytes: Buffer): boolean => {
  const length = word(bytes, 0);
  const keyAndVersion = word(bytes, 4);
  return length > 8 && length < 0x100_0000 && keyAndVersion >>> 16 <= 92 && (keyAndVersion & 0xffff) <= 20;
};

/**
 * Protocols whose clients connect to a port of RocketMQ by mistake, recognized by what they send first. Tried in this order;
 * only connections without a single whole frame are looked at, so a RocketMQ client is never taken for one of them.
 */
const LOOKS: readonly KnownLook[] = [
  {
    name: 'TLS',
    advice:
      'this port takes plain text only: switch TLS off in the client (tls.enable=false), or set -Dtls.server.mode=permissive here',
    matches: (bytes) => bytes[0] === 0x16 && bytes[1] === 3,
  },
  {
    name: 'HTTP/2 (gRPC)',
    advice: 'gRPC clients of RocketMQ 5 belong to the proxy (port 8081)',
    matches: begins('PRI * HTTP/2'),
  },
  { name: 'NATS', advice: 'it belongs to a NATS server', matches: begins('CONNECT {') },
  { name: 'STOMP', advice: 'it belongs to a STOMP broker', matches: text(STOMP) },
  {
    name: 'HTTP',
    advice: 'browsers and HTTP clients belong to the dashboard (port 8080); this port takes RocketMQ clients only',
    matches: text(WORDS),
  },
  { name: 'Redis', advice: 'it belongs to a Redis server (port 6379)', matches: text(REDIS) },
  { name: 'Memcached', advice: 'it belongs to a Memcached server (port 11211)', matches: text(MEMCACHED) },
  { name: 'SSH', advice: 'it belongs to an SSH server (port 22)', matches: begins('SSH-') },
  { name: 'AMQP', advice: 'it belongs to an AMQP broker (port 5672)', matches: begins('AMQP') },
  {
    name: 'MQTT',
    advice: 'it belongs to an MQTT broker (port 1883)',
    matches: (bytes) => bytes[0] === 0x10 && /MQTT|MQIsdp/.test(bytes.toString('latin1', 2, 12)),
  },
  { name: 'SMTP or FTP', advice: 'it belongs to a mail or file server', matches: text(MAIL) },
  {
    name: 'PostgreSQL',
    advice: 'it belongs to a PostgreSQL server (port 5432)',
    matches: (bytes) => word(bytes, 0) < 0x1_0000 && POSTGRES_WORDS.includes(word(bytes, 4)),
  },
  {
    name: 'MySQL',
    advice: 'it belongs to a MySQL server (port 3306)',
    matches: (bytes) => bytes.length >= 4 && bytes[2] === 0 && bytes[3] === 1 && bytes[0] !== 0,
  },
  {
    name: 'MongoDB',
    advice: 'it belongs to a MongoDB server (port 27017)',
    matches: (bytes) =>
      bytes.length >= 16 && bytes.readUInt32LE(0) < 0x1_0000 && [2004, 2013].includes(bytes.readUInt32LE(12)),
  },
  {
    name: "the replication of RocketMQ's slaves",
    advice: 'slaves belong to the HA port of their master (haListenPort, by default listenPort + 1)',
    matches: (bytes) => bytes.length >= 8 && word(bytes, 0) <= 3,
  },
  {
    name: 'ZooKeeper',
    advice: 'it belongs to a ZooKeeper server (port 2181)',
    matches: (bytes) => (word(bytes, 0) === 44 || word(bytes, 0) === 45) && word(bytes, 4) === 0,
  },
  { name: 'Kafka', advice: 'it belongs to a Kafka broker (port 9092)', matches: isKafka },
  { name: 'Thrift', advice: 'it belongs to a Thrift server', matches: (bytes) => word(bytes, 0) === 0x8001_0001 },
  {
    name: 'Dubbo',
    advice: 'it belongs to a Dubbo provider (port 20880)',
    matches: (bytes) => word(bytes, 0) >>> 16 === 0xdabb,
  },
  {
    name: 'SOCKS',
    advice: 'it belongs to a SOCKS proxy',
    matches: (bytes) => bytes[0] === 5 && (bytes[1] ?? 9) <= 3 && bytes.length < 8,
  },
  {
    name: 'RDP',
    advice: 'it belongs to a remote desktop',
    matches: (bytes) => word(bytes, 0) >>> 16 === 0x0300 && bytes[5] === 0xe0,
  },
];

const NOT_HERE = 'check the address: a name server is at port 9876 by default, a broker at 10911';

/** What servers of other protocols answer a frame of ours with, or greet with. */
const ANSWERS: readonly KnownLook[] = [
  { name: 'HTTP', advice: NOT_HERE, matches: begins('HTTP/') },
  {
    name: 'TLS',
    advice: 'it takes TLS only: switch TLS on in this client (tls.enable=true), or check the address',
    matches: (bytes) => bytes[0] === 0x15 && bytes[1] === 3,
  },
  { name: 'Redis', advice: NOT_HERE, matches: begins('-ERR') },
  { name: 'SSH', advice: NOT_HERE, matches: begins('SSH-') },
  { name: 'SMTP or FTP', advice: NOT_HERE, matches: text(/^220[ -]/) },
];

/** What a server looks like that answered with no frame; undefined for an unknown protocol. */
export function answerLookOf(bytes: Buffer): Look | undefined {
  return ANSWERS.find((look) => look.matches(bytes));
}

const UNKNOWN: Look = {
  name: 'no protocol that is known here',
  advice: 'check the address that its client was given; this port takes RocketMQ clients only',
};

/** How many bytes `lookOf` needs. */
export const LOOK_BYTES = 32;

/** What the first bytes of a connection that sent no frame look like. */
export function lookOf(bytes: Buffer): Look {
  return knownLookOf(bytes) ?? UNKNOWN;
}

/** The same; undefined for an unknown protocol. */
export function knownLookOf(bytes: Buffer): Look | undefined {
  return LOOKS.find((look) => look.matches(bytes));
}

/** Bytes for a log line: as text where they are, else as hexadecimal digits. */
export function shownBytes(bytes: Buffer): string {
  const shown = bytes.subarray(0, LOOK_BYTES).toString('latin1');
  return /^[\x20-\x7e\r\n\t]+$/.test(shown) ? JSON.stringify(shown) : `0x${bytes.toString('hex', 0, LOOK_BYTES)}`;
}
