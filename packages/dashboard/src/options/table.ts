import {
  choiceProperty,
  configTable,
  flagProperty,
  integerProperty,
  optionalTextProperty,
  type Property,
  Refused,
  textProperty,
  whyNotEndpointList,
} from '@rocketmq-ts/kernel';
import { WEBHOOK_FORMATS } from '../api/index.ts';

/** Why a key of Apache's dashboard changes nothing here. */
const NO_POOL = 'requests need no threads here, and what runs at a time has a limit of its own';
const PLAIN_COOKIE = 'left from 1.x; the session has a cookie that scripts in the browser cannot read';

/**
 * Every property of the console by the name that Apache's dashboard has for it; `server.…` are those of Spring Boot, in which it runs.
 * Source: RMQConfigure, application.yml.
 */
export const dashboardConfigTable = configTable({
  'server.port': integerProperty(12581, { meaning: 'port of the console', min: 0, max: 65535 }),
  'server.address': textProperty('0.0.0.0', {
    meaning: 'address that the console listens on; 0.0.0.0 and :: take every address',
  }),
  'server.servlet.context-path': textProperty('/', {
    meaning: 'path before every page and end-point, for a reverse proxy that passes it on',
    allowed: 'a path such as /console',
    whyNot: (value) => (value === '' || /^(?:\/[\w.~-]+)*\/?$/.test(value) ? undefined : ''),
  }),
  'server.servlet.session.timeout': durationProperty('30m', {
    meaning: 'a session without requests for so long ends; one ends after 24 hours in any case',
  }),
  'server.ssl.enabled': flagProperty(true, { meaning: 'whether server.ssl.… is used, where a certificate is given' }),
  'server.ssl.key-store': optionalTextProperty({ meaning: 'file with certificate and key (PKCS12)' }),
  'server.ssl.key-store-password': optionalTextProperty({ meaning: 'password of server.ssl.key-store', secret: true }),
  'server.ssl.key-store-type': choiceProperty(['PKCS12', 'pkcs12', 'PEM', 'pem'], 'PKCS12', {
    meaning: 'form of server.ssl.key-store; a JKS has to be made a PKCS12 by keytool -importkeystore',
  }),
  'server.ssl.key-password': optionalTextProperty({
    meaning: 'password of the private key, where it is not that of the key store',
    secret: true,
  }),
  'server.ssl.certificate': optionalTextProperty({ meaning: 'file with the certificate and its chain (PEM)' }),
  'server.ssl.certificate-private-key': optionalTextProperty({ meaning: 'file with the private key (PEM)' }),
  'server.ssl.key-alias': optionalTextProperty({
    meaning: 'a PKCS12 file has one key; with several the first is taken',
    idle: true,
  }),
  'rocketmq.config.namesrvAddrs': optionalTextProperty({
    meaning:
      'name servers: clusters separated by commas, the name servers of one cluster by semicolons. Default: rocketmq.config.namesrvAddr',
    allowed: 'host:port;host:port for each cluster, separated by commas',
    whyNot: (value) => whyNotClusters(value),
  }),
  'rocketmq.config.namesrvAddr': optionalTextProperty({
    meaning: 'name servers of one cluster. Default: -Drocketmq.namesrv.addr, else NAMESRV_ADDR, else 127.0.0.1:9876',
    allowed: 'host:port;host:port',
    whyNot: (value) => whyNotClusters(value),
  }),
  'rocketmq.config.isVIPChannel': flagProperty(false, {
    meaning: 'requests use the port that a broker registered, which is open wherever the fast port two below it is',
    idle: true,
  }),
  'rocketmq.config.timeoutMillis': integerProperty(5000, {
    meaning: 'wait for the answer of a broker or name server',
    unit: 'ms',
    min: 100,
    max: 600_000,
  }),
  'rocketmq.config.dataPath': optionalTextProperty({
    meaning:
      'folder of history, audit log, users.properties and role-permission.yml. Default: ~/rocketmq-dashboard; Apache’s is /tmp/rocketmq-console/data',
  }),
  'rocketmq.config.enableDashBoardCollect': flagProperty(true, { meaning: 'samples are kept, for the charts' }),
  'rocketmq.config.msgTrackTopicName': optionalTextProperty({
    meaning: 'topic in which traces are looked for first. Default: RMQ_SYS_TRACE_TOPIC',
  }),
  'rocketmq.config.loginRequired': flagProperty(false, {
    meaning: 'nothing is shown before a login; without it, everything is read only on other machines before a login',
  }),
  'rocketmq.config.authMode': choiceProperty(['file', 'acl'], 'file', {
    meaning: 'where users are: users.properties, or the user records of the brokers (ACL 2.0)',
  }),
  'rocketmq.config.useTLS': flagProperty(false, { meaning: 'TLS to name servers and brokers' }),
  'rocketmq.config.proxyAddr': optionalTextProperty({ meaning: 'address of a proxy, which knows the gRPC clients' }),
  'rocketmq.config.proxyAddrs': optionalTextProperty({ meaning: 'addresses of proxies, separated by commas' }),
  'rocketmq.config.accessKey': optionalTextProperty({ meaning: 'access key of requests to a cluster with ACL' }),
  'rocketmq.config.secretKey': optionalTextProperty({ meaning: 'secret key that belongs to it', secret: true }),
  'rocketmq.config.trustedProxies': textProperty('', {
    meaning: 'addresses or networks (10.0.0.0/8), separated by commas, whose X-Forwarded-… headers count',
  }),
  'rocketmq.config.allowedHosts': textProperty('', {
    meaning:
      'names, separated by commas, under which the console is reached besides this machine’s; a page of another name shows nothing before a login, as another site could have made that name point here',
  }),
  'rocketmq.config.alertWebhookUrl': optionalTextProperty({
    meaning:
      'address to which alerts are posted; robots of chats have their secret in it. Default: alerts are shown only',
    allowed: 'an address that begins with http:// or https://, without a user name',
    secret: true,
    whyNot: (value) => (isWebAddress(value) ? undefined : ''),
  }),
  'rocketmq.config.alertWebhookFormat': choiceProperty(WEBHOOK_FORMATS, 'json', {
    meaning: 'form of what is posted: that of Prometheus Alertmanager, or a text for the robot of a chat',
  }),
  'rocketmq.config.ticketKey': textProperty('ticket', { meaning: PLAIN_COOKIE, idle: true }),
  'rocketmq.config.clientCallbackExecutorThreads': integerProperty(4, { meaning: NO_POOL, idle: true }),
  'threadpool.config.coreSize': integerProperty(10, { meaning: NO_POOL, idle: true }),
  'threadpool.config.maxSize': integerProperty(10, { meaning: NO_POOL, idle: true }),
  'threadpool.config.keepAliveTime': integerProperty(3000, { meaning: NO_POOL, idle: true }),
  'threadpool.config.queueSize': integerProperty(5000, { meaning: NO_POOL, idle: true }),
  'rocketmq.cluster.cache.expire': integerProperty(60_000, {
    meaning: 'what is known of a cluster is asked for every ten seconds, and shown with its age',
    unit: 'ms',
    idle: true,
  }),
  'spring.security.user.name': textProperty('rocketmq', { meaning: 'there is no /actuator', idle: true }),
  'spring.security.user.password': textProperty('', { meaning: 'there is no /actuator', idle: true, secret: true }),
});

/** What other parts of Spring Boot take, which this program has not. */
const SPRING_FAMILIES = /^(?:spring|logging|management|server|info|debug|trace|springdoc|endpoints)(?:\.|$)/;

/** Whether a key that the table lacks may belong to the framework of Apache's dashboard. */
export function isSpringKey(key: string): boolean {
  return SPRING_FAMILIES.test(key);
}

function isWebAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}

function whyNotClusters(value: string): string | undefined {
  for (const cluster of value.split(',')) {
    const reason = whyNotEndpointList(cluster.trim());
    if (reason !== undefined) return reason;
  }
  return undefined;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, '': 1000 };

/** `30m`, `PT30M`, or seconds, as Spring Boot reads a duration; undefined when it is none. */
export function durationMs(text: string): number | undefined {
  const simple = /^(\d{1,9})(ms|s|m|h|d|)$/.exec(text.trim());
  if (simple !== null) return Number(simple[1]) * UNITS[simple[2]!]!;
  const iso = /^PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?$/i.exec(text.trim());
  if (iso === null || iso[0].length < 4) return undefined;
  return Number(iso[1] ?? 0) * UNITS.h! + Number(iso[2] ?? 0) * UNITS.m! + Number(iso[3] ?? 0) * 1000;
}

function durationProperty(fallback: string, facts: { readonly meaning: string }): Property<string> {
  const text = textProperty(fallback, { ...facts, allowed: 'a time such as 30m, 1h or PT30M, or a number of seconds' });
  return {
    ...text,
    parse: (value) => {
      const ms = durationMs(value);
      if (ms === undefined) return undefined;
      return ms < 60_000 ? new Refused('a session takes a minute or longer') : value.trim();
    },
  };
}
