import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '@rocketmq-ts/kernel';
import { type SimulatedPlatform, simulatedPlatform } from '@rocketmq-ts/testkit';
import { parseArguments } from '../src/arguments.ts';
import { planBroker } from '../src/broker-program.ts';
import { diskFractions } from '../src/disk-fractions.ts';
import { readEnvironment } from '../src/environment.ts';
import { exampleModule, exampleNames } from '../src/example-programs.ts';
import { failureOf } from '../src/failure-text.ts';
import { readPropertiesFile } from '../src/properties-file.ts';
import { tlsClientOptions, tlsServerOptions } from '../src/tls-settings.ts';

function withFiles(files: Record<string, string>): SimulatedPlatform {
  const platform = simulatedPlatform(1);
  for (const [path, text] of Object.entries(files)) {
    platform.disk.makeDirectory(path.slice(0, path.lastIndexOf('/')));
    const file = platform.disk.open(path, 'create');
    const content = Buffer.from(text);
    file.writeSync(content, 0, content.length, 0);
    file.close();
  }
  return platform;
}

test('system properties win over variables, and those of JAVA_OPT_EXT over those of JAVA_OPT', () => {
  const given = parseArguments([], ['-Drocketmq.home.dir=/from/property']);
  const variables = {
    ROCKETMQ_HOME: '/from/variable',
    NAMESRV_ADDR: 'v:1',
    HOME: '/h',
    JAVA_OPT: '-Duser.home=/one -Drocketmq.namesrv.addr=o:1',
    JAVA_OPT_EXT: '-Duser.home=/two',
  };
  const environment = readEnvironment(given, variables);
  assert.deepEqual(
    [environment.home, environment.userHome, environment.namesrvAddr],
    ['/from/property', '/two', 'o:1'],
  );
});

test('without anything set the checkout is the home, and empty variables count as unset', () => {
  const environment = readEnvironment(parseArguments([], []), { HOME: '/h', ROCKETMQ_HOME: '', NAMESRV_ADDR: '' });
  assert.equal(environment.home, environment.root);
  assert.deepEqual(
    [environment.userHome, environment.namesrvAddr, environment.serializeType],
    ['/h', undefined, 'JSON'],
  );
});

test('a header form that does not exist is refused, wherever it comes from', () => {
  const given = parseArguments([], ['-Drocketmq.serialize.type=XML']);
  assert.throws(() => readEnvironment(given, {}), {
    code: 'CONFIG_INVALID',
    message: /^rocketmq\.serialize\.type=XML is not allowed: .* one of JSON, ROCKETMQ/,
  });
  assert.throws(() => readEnvironment(parseArguments([], []), { ROCKETMQ_SERIALIZE_TYPE: 'json' }), {
    code: 'CONFIG_INVALID',
  });
});

test('a list of name servers from the environment is checked as one from a file', () => {
  const environment = readEnvironment(parseArguments([], []), { HOME: '/h', NAMESRV_ADDR: 'a:1;b' });
  const input = { environment, configFile: undefined, properties: new Map<string, string>() };
  assert.throws(() => planBroker(input), { code: 'NAMESRV_ADDR_INVALID', message: /127\.0\.0\.1:9876.*"b" is not/ });
  const given = { ...input, properties: new Map([['namesrvAddr', 'c:1']]) };
  assert.equal(planBroker(given).config.namesrvAddr, 'c:1');
});

test('a configuration file is read with its path in full; a missing one is named', () => {
  const { disk } = withFiles({ '/etc/b.conf': 'a=1\n' });
  assert.deepEqual(readPropertiesFile(disk, '/etc/b.conf'), {
    path: '/etc/b.conf',
    isStream: false,
    properties: new Map([['a', '1']]),
    warning: undefined,
  });
  assert.throws(() => readPropertiesFile(disk, '/etc/c.conf'), {
    code: 'CONFIG_FILE_MISSING',
    message: /\/etc\/c\.conf/,
  });
  assert.throws(() => readPropertiesFile(disk, '/etc'), { code: 'CONFIG_FILE_MISSING', message: /\/etc .*folder/ });
});

test('a configuration file that lost its content is replaced by its backup, with a warning', () => {
  for (const lost of ['', '\0\0\0\0']) {
    const { disk } = withFiles({ '/etc/b.conf': lost, '/etc/b.conf.bak': 'a=1\n' });
    const { properties, path, warning } = readPropertiesFile(disk, '/etc/b.conf');
    assert.deepEqual([[...properties], path], [[['a', '1']], '/etc/b.conf']);
    assert.match(warning ?? '', /^\/etc\/b\.conf (is empty|holds bytes).*\/etc\/b\.conf\.bak is taken$/);
  }
  assert.equal(readPropertiesFile(withFiles({ '/etc/b.conf': '' }).disk, '/etc/b.conf').properties.size, 0);
  const { disk } = withFiles({ '/etc/b.conf': '\0\0', '/etc/b.conf.bak': '' });
  assert.throws(() => readPropertiesFile(disk, '/etc/b.conf'), { code: 'CONFIG_FILE_DAMAGED' });
});

test('a stream is read and never replaced by a file with changed properties', () => {
  const { disk } = withFiles({ '/dev/stdin': 'a=1\n' });
  assert.equal(readPropertiesFile(disk, '/dev/stdin').isStream, true);
});

test('failures of the system become one line with what to change', () => {
  const failure = (facts: object) => failureOf(Object.assign(new Error('x'), facts));
  assert.deepEqual(failure({ code: 'EADDRINUSE', port: 9876, address: '0.0.0.0' }), {
    line: 'Port 9876 on 0.0.0.0 is in use by another process: stop that one, or set listenPort in the file given with -c',
    exitCode: 1,
  });
  assert.match(
    failure({ code: 'EACCES', path: '/store' }).line,
    /^\/store can't be used: this user has no permission$/,
  );
  assert.match(failure({ code: 'EACCES', port: 80, address: '::' }).line, /^Port 80 may not be opened/);
  assert.equal(failure({ code: 'ENOSPC', path: '/s/0' }).line, "/s/0 can't be written: no space is left");
});

test('failures of ours are their sentence in one line, and Apache’s −3 where it ends so', () => {
  assert.deepEqual(failureOf(new CodedError('CONFIG_INVALID', 'a\n b')), { line: 'a b', exitCode: 1 });
  assert.equal(failureOf(new CodedError('NAMESRV_ADDR_INVALID', 'x')).exitCode, 253);
  assert.match(failureOf(new TypeError('bug')).line, /bug\n\s+at /);
});

// Source: TlsSystemConfig.
test('TLS: both kinds on one port with a certificate of its own by default', () => {
  const { disk } = withFiles({ '/etc/rocketmq/tls.properties': 'tls.server.mode=enforcing\n' });
  assert.deepEqual(tlsServerOptions(new Map(), disk), { mode: 'permissive' });
  assert.deepEqual(tlsServerOptions(new Map([['tls.server.mode', 'disabled']]), disk), { mode: 'disabled' });
  assert.throws(() => tlsServerOptions(new Map([['tls.server.mode', 'some']]), disk), {
    message: /tls\.server\.mode=some/,
  });
});

test('TLS: real certificates come from the files that the settings name, and missing ones are named', () => {
  const settings = new Map([
    ['tls.test.mode.enable', 'false'],
    ['tls.server.need.client.auth', 'require'],
  ]);
  const text = 'tls.server.certPath=/c.pem\ntls.server.keyPath=/k.pem\ntls.server.keyPassword=pw\n';
  const { disk } = withFiles({ '/etc/rocketmq/tls.properties': text, '/c.pem': 'cert', '/k.pem': 'key' });
  assert.deepEqual(tlsServerOptions(settings, disk), {
    mode: 'permissive',
    certificatePem: 'cert',
    keyPem: 'key',
    keyPassword: 'pw',
    clientAuth: 'require',
  });
  assert.throws(() => tlsServerOptions(settings, withFiles({}).disk), { message: /needs tls\.server\.certPath/ });
  settings.set('tls.server.certPath', '/gone.pem');
  assert.throws(() => tlsServerOptions(settings, withFiles({}).disk), { message: /tls\.server\.certPath=\/gone\.pem/ });
});

// Source: NettyClientConfig#useTLS.
test('TLS: connections to others are plain unless tls.enable is set, or only TLS is taken here', () => {
  const { disk } = withFiles({ '/ca.pem': 'ca', '/c.pem': 'cert', '/k.pem': 'key' });
  const options = (settings: Record<string, string>) => tlsClientOptions(new Map(Object.entries(settings)), disk);
  assert.equal(options({}), undefined);
  assert.deepEqual(options({ 'tls.enable': 'true' }), {});
  assert.deepEqual(options({ 'tls.server.mode': 'enforcing' }), {});
  assert.equal(options({ 'tls.server.mode': 'enforcing', 'tls.enable': 'false' }), undefined);
  const real = { 'tls.enable': 'true', 'tls.test.mode.enable': 'false', 'tls.client.authServer': 'true' };
  assert.deepEqual(
    options({
      ...real,
      'tls.client.trustCertPath': '/ca.pem',
      'tls.client.certPath': '/c.pem',
      'tls.client.keyPath': '/k.pem',
    }),
    { caPem: 'ca', certificatePem: 'cert', keyPem: 'key' },
  );
  assert.throws(() => options(real), { code: 'TLS_SETTING_INVALID', message: /needs tls\.client\.trustCertPath/ });
});

test('an example is found by the name of Apache’s class', () => {
  const { disk } = withFiles({
    '/r/examples/src/quickstart/producer.ts': '',
    '/r/examples/src/simple/async-producer.ts': '',
    '/r/examples/src/environment.ts': '',
  });
  const find = (name: string) => exampleModule(disk, '/r', `org.apache.rocketmq.example.${name}`);
  assert.equal(find('quickstart.Producer'), '/r/examples/src/quickstart/producer.ts');
  assert.equal(find('simple.AsyncProducer'), '/r/examples/src/simple/async-producer.ts');
  assert.equal(find('quickstart.Nothing'), undefined);
  assert.equal(find('..quickstart.Producer'), undefined);
  assert.equal(exampleModule(disk, '/r', 'quickstart.Producer'), undefined);
  const prefix = 'org.apache.rocketmq.example.';
  assert.deepEqual(exampleNames(disk, '/r'), [`${prefix}quickstart.Producer`, `${prefix}simple.AsyncProducer`]);
});

/** Source: DefaultMessageStore$CleanCommitLogService, which reads fractions. */
test('limits of the disk are fractions; nonsense is named with what is allowed', () => {
  const of = (warning: string, clean = ''): ReturnType<typeof diskFractions> =>
    diskFractions(
      new Map([
        ['rocketmq.broker.diskSpaceWarningLevelRatio', warning],
        ['rocketmq.broker.diskSpaceCleanForciblyRatio', clean],
      ]),
    );
  assert.deepEqual(of('0.95', ' .5 '), { warningLevel: 0.95, cleanForcibly: 0.5 });
  assert.deepEqual(of(''), { warningLevel: undefined, cleanForcibly: undefined });
  assert.deepEqual(diskFractions(new Map()), { warningLevel: undefined, cleanForcibly: undefined });
  for (const nonsense of ['90', '0', '-0.5', 'high', '0,9', 'NaN', '90%']) {
    assert.throws(() => of(nonsense), {
      code: 'DISK_RATIO_INVALID',
      message: `-Drocketmq.broker.diskSpaceWarningLevelRatio=${nonsense} is not allowed: it takes a fraction of the disk above 0 and up to 1, such as 0.85`,
    });
  }
});

test('a broker is planned with the limits of its command line, and with no wrong ones', () => {
  const planned = (javaOptions: string): unknown => {
    const environment = readEnvironment({ systemProperties: new Map() }, { JAVA_OPT: javaOptions });
    return planBroker({ environment, configFile: undefined, properties: new Map() });
  };
  planned('-Xmx4g -Drocketmq.broker.diskSpaceCleanForciblyRatio=0.80');
  assert.throws(() => planned('-Drocketmq.broker.diskSpaceCleanForciblyRatio=80'), { code: 'DISK_RATIO_INVALID' });
});

test('the printed configuration of a broker is what it lists when it runs', () => {
  const environment = readEnvironment({ systemProperties: new Map() }, {});
  const listing = (...properties: [string, string][]): Map<string, string> =>
    new Map(planBroker({ environment, configFile: undefined, properties: new Map(properties) }).listing());
  const found = listing(['listenPort', '21911'], ['storePathRootDir', '/data/mq'], ['brokerIP1', '192.0.2.7']);
  assert.equal(found.get('haListenPort'), '21912');
  assert.equal(found.get('brokerIP2'), '192.0.2.7');
  assert.equal(found.get('storePathCommitLog'), '/data/mq/commitlog');
  assert.equal(listing(['haListenPort', '5']).get('haListenPort'), '5');
});
