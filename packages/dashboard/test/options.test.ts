import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodedError } from '@rocketmq-ts/kernel';
import { simulatedPlatform } from '@rocketmq-ts/testkit';
import { readSettings } from '../src/options/settings.ts';
import { collectOptions, type OptionSources } from '../src/options/sources.ts';
import { dashboardConfigTable, durationMs } from '../src/options/table.ts';
import { optionsOfYaml } from '../src/options/yaml-keys.ts';

const none: OptionSources = { commandLine: new Map(), systemProperties: new Map(), variables: {}, files: [] };
const { disk } = simulatedPlatform(1);

function settings(pairs: Readonly<Record<string, string>>, namesrvAddr?: string) {
  return readSettings(new Map(Object.entries(pairs)), 'test', { disk, userHome: '/home/ops', namesrvAddr });
}

test('the application.yml that Apache ships is read whole, and nothing in it is unknown', async () => {
  const shipped = `
server:
  port: 8082
  servlet:
    encoding:
      charset: UTF-8
spring:
  application:
    name: rocketmq-dashboard
  security:
    user:
      name: rocketmq
      password: 1234567
      roles: ADMIN
logging:
  config: classpath:logback.xml
rocketmq:
  config:
    namesrvAddrs:
      - 10.0.0.1:9876;10.0.0.2:9876
      - 10.0.1.1:9876
    isVIPChannel:
    timeoutMillis:
    dataPath: /tmp/rocketmq-console/data
    enableDashBoardCollect: true
    loginRequired: true
    proxyAddr: 127.0.0.1:8080
    proxyAddrs:
      - 127.0.0.1:8080
threadpool:
  config:
    coreSize: 10
`;
  const collected = collectOptions({
    ...none,
    files: [{ path: 'application.yml', pairs: await optionsOfYaml(shipped) }],
  });
  assert.deepEqual(collected.unknown, []);
  assert.deepEqual(collected.springKeys.toSorted(), [
    'logging.config',
    'server.servlet.encoding.charset',
    'spring.application.name',
    'spring.security.user.roles',
  ]);
  const read = readSettings(collected.properties, 'test', { disk, userHome: '/home/ops', namesrvAddr: 'env:9876' });
  assert.deepEqual(read.clusters, [['10.0.0.1:9876', '10.0.0.2:9876'], ['10.0.1.1:9876']]);
  assert.deepEqual(
    [read.port, read.dataPath, read.loginRequired, read.timeoutMs, read.proxyAddresses],
    [8082, '/tmp/rocketmq-console/data', true, 5000, ['127.0.0.1:8080']],
  );
});

test('the command line comes before -D, the environment and files; names are read as Spring Boot reads them', () => {
  const { properties, unknown } = collectOptions({
    commandLine: new Map([['server.port', '1']]),
    systemProperties: new Map([
      ['server.port', '2'],
      ['rocketmq.config.login-required', 'true'],
      ['user.home', '/home/x'],
    ]),
    variables: {
      SERVER_PORT: '3',
      ROCKETMQ_CONFIG_NAMESRVADDR: 'env:9876',
      ROCKETMQ_CONFIG_LOGINREQUIRED: 'false',
      PATH: '/bin',
    },
    files: [
      { path: 'a.properties', pairs: new Map([['rocketmq.config.namesrv_addr', 'file:9876']]) },
      {
        path: 'b.properties',
        pairs: new Map([
          // biome-ignore lint/suspicious/noTemplateCurlyInString: Spring Boot's form, which the test is about
          ['rocketmq.config.dataPath', '${DATA:/var/console}/x'],
          ['server.port', '4'],
        ]),
      },
    ],
  });
  assert.deepEqual(Object.fromEntries(properties), {
    'server.port': '1',
    'rocketmq.config.loginRequired': 'true',
    'rocketmq.config.namesrvAddr': 'env:9876',
    'rocketmq.config.dataPath': '/var/console/x',
  });
  assert.deepEqual(unknown, []);
});

test('an unknown key is named with where it is and the key that may have been meant', () => {
  const { unknown, springKeys } = collectOptions({
    ...none,
    commandLine: new Map([
      ['server.prot', '1'],
      ['loginRequired', 'true'],
      ['rocketmq.config.nothing', '1'],
      ['spring.main.banner-mode', 'off'],
    ]),
  });
  assert.deepEqual(unknown, [
    'server.prot (command line), did you mean server.port?',
    'loginRequired (command line), did you mean rocketmq.config.loginRequired?',
    'rocketmq.config.nothing (command line)',
  ]);
  assert.deepEqual(springKeys, ['spring.main.banner-mode']);
});

test('name servers: the option, else -Drocketmq.namesrv.addr or NAMESRV_ADDR, else this machine', () => {
  assert.deepEqual(settings({}).clusters, [['127.0.0.1:9876']]);
  assert.deepEqual(settings({}, 'ns:9876;ns2:9876').clusters, [['ns:9876', 'ns2:9876']]);
  assert.deepEqual(settings({ 'rocketmq.config.namesrvAddr': '' }, 'ns:9876').clusters, [['ns:9876']]);
  assert.deepEqual(settings({ 'rocketmq.config.namesrvAddr': 'own:9876' }, 'ns:9876').clusters, [['own:9876']]);
  assert.throws(() => settings({}, 'no port'), { code: 'CONFIG_INVALID', message: /NAMESRV_ADDR=no port/ });
  assert.throws(() => settings({ 'rocketmq.config.namesrvAddrs': 'a:1,b' }), { message: /"b" is not host:port/ });
});

test('values that are not allowed are named, all of them', () => {
  const bad = { 'server.port': '70000', 'server.servlet.context-path': 'a b', 'server.servlet.session.timeout': '5s' };
  assert.throws(() => settings(bad), {
    code: 'CONFIG_INVALID',
    message: /server\.port=70000 .*server\.servlet\.context-path=a b .*a session takes a minute or longer/,
  });
});

test('times are read as Spring Boot reads them', () => {
  assert.deepEqual(['30m', '90', 'PT1H30M', '1d', '500ms', 'PT', 'soon', '-1'].map(durationMs), [
    ...[1_800_000, 90_000, 5_400_000, 86_400_000, 500],
    ...[undefined, undefined, undefined],
  ]);
  assert.equal(settings({ 'server.servlet.session.timeout': '45m' }).sessionTimeoutMs, 2_700_000);
});

test('certificates come from PEM files or a PKCS12; a JKS is refused with the command that converts it', () => {
  const put = (path: string, content: Uint8Array): void => {
    const file = disk.open(path, 'create');
    file.writeSync(content, 0, content.length, 0);
    file.close();
  };
  disk.makeDirectory('/tls');
  put('/tls/cert.pem', Buffer.from('-----BEGIN CERTIFICATE-----'));
  put('/tls/key.pem', Buffer.from('-----BEGIN PRIVATE KEY-----'));
  put('/tls/store.p12', Buffer.from([0x30, 0x82, 1, 2]));
  put('/tls/store.jks', Buffer.from([0xfe, 0xed, 0xfe, 0xed, 0]));
  const pem = settings({
    'server.ssl.certificate': '/tls/cert.pem',
    'server.ssl.certificate-private-key': '/tls/key.pem',
  });
  assert.ok(pem.tls !== undefined && 'cert' in pem.tls);
  const p12 = settings({ 'server.ssl.key-store': 'file:/tls/store.p12', 'server.ssl.key-store-password': 'x' });
  assert.deepEqual(p12.tls, { pfx: Buffer.from([0x30, 0x82, 1, 2]), passphrase: 'x' });
  assert.equal(settings({ 'server.ssl.key-store': '/tls/store.p12', 'server.ssl.enabled': 'false' }).tls, undefined);
  assert.throws(() => settings({ 'server.ssl.key-store': '/tls/store.jks' }), {
    message: /is a JKS: keytool -importkeystore/,
  });
  assert.throws(() => settings({ 'server.ssl.key-store': '/tls/none' }), { message: /there is no file \/tls\/none/ });
  assert.throws(() => settings({ 'server.ssl.certificate': '/tls/cert.pem' }), {
    message: /certificate-private-key is missing/,
  });
});

test('alerts are posted to an address of the web; a refused one is in no message', () => {
  assert.equal(settings({}).alertWebhook, undefined);
  assert.deepEqual(
    settings({ 'rocketmq.config.alertWebhookUrl': 'https://hooks.example/x?token=s3cret' }).alertWebhook,
    {
      ...{ url: 'https://hooks.example/x?token=s3cret', format: 'json' },
    },
  );
  for (const url of [
    'file:///etc/s3cret',
    'hooks.example/s3cret',
    'https://me:s3cret@hooks.example/',
    'javascript:s3cret',
  ])
    assert.throws(
      () => settings({ 'rocketmq.config.alertWebhookUrl': url }),
      ({ code, message, facts }: CodedError<string>) => {
        assert.equal(code, 'CONFIG_INVALID');
        assert.doesNotMatch(message + JSON.stringify(facts), /s3cret/);
        return true;
      },
    );
});

test('every property of the table says what it is for, and a secret one is never listed', () => {
  for (const [name, { facts }] of Object.entries(dashboardConfigTable)) assert.ok(facts.meaning.length > 5, name);
  const secrets = Object.entries(dashboardConfigTable).flatMap(([name, { facts }]) =>
    facts.secret === true ? [name] : [],
  );
  assert.deepEqual(secrets, [
    'server.ssl.key-store-password',
    'server.ssl.key-password',
    'rocketmq.config.secretKey',
    'rocketmq.config.alertWebhookUrl',
    'spring.security.user.password',
  ]);
});
