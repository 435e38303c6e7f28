import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerOptions, namesrvOptions, parseArguments, systemPropertiesOf, usageText } from '../src/arguments.ts';

for (const argv of [
  ['-n', 'a:1;b:2'],
  ['-n=a:1;b:2'],
  ['-na:1;b:2'],
  ['--namesrvAddr', 'a:1;b:2'],
  ['--namesrvAddr=a:1;b:2'],
  ['-namesrvAddr', 'a:1;b:2'],
  ['-n', 'x:9', '-n', 'a:1;b:2'],
]) {
  test(`${argv.join(' ')} gives the name servers`, () => {
    const { values, extra } = parseArguments(brokerOptions, argv);
    assert.deepEqual([...values], [['namesrvAddr', 'a:1;b:2']]);
    assert.deepEqual(extra, []);
  });
}

test('flags, values, system properties and stray words may be mixed', () => {
  const given = parseArguments(brokerOptions, [
    '-Duser.home=/h',
    '-n',
    'localhost:9876',
    'autoCreateTopicEnable=true',
    '-p',
    '-Dx',
    '-c',
    'conf/broker.conf',
    '--',
    '-z',
  ]);
  assert.deepEqual(Object.fromEntries(given.values), { namesrvAddr: 'localhost:9876', configFile: 'conf/broker.conf' });
  assert.deepEqual([...given.flags], ['printConfigItem']);
  assert.deepEqual(Object.fromEntries(given.systemProperties), { 'user.home': '/h', x: '' });
  assert.deepEqual(given.extra, ['autoCreateTopicEnable=true', '-z']);
});

// Source: commons-cli DefaultParser, observed with NamesrvStartup -x of 5.4.0.
test('an unknown option is named', () => {
  for (const word of ['-x', '--nothing', '--enable-proxy', '-p=1']) {
    assert.throws(() => parseArguments(namesrvOptions, [word]), {
      code: 'UNKNOWN_OPTION',
      message: `Unrecognized option: ${word}`,
    });
  }
});

test('an option without its value is named', () => {
  for (const argv of [['-c'], ['-c', '-p'], ['-c', '--namesrvAddr']]) {
    assert.throws(() => parseArguments(namesrvOptions, argv), {
      code: 'OPTION_VALUE_MISSING',
      message: 'Missing argument for option: c',
    });
  }
});

test('the -D parts of JAVA_OPT are found among heap settings, also quoted', () => {
  const properties = systemPropertiesOf('-server -Xms8g -Duser.home=/data "-Dk=a b" -Dflag -XX:+UseG1GC');
  assert.deepEqual(Object.fromEntries(properties), { 'user.home': '/data', k: 'a b', flag: '' });
});

// Source: printed by NamesrvStartup -h of 5.4.0.
test('the help text is that of Apache’s name server', () => {
  assert.equal(
    usageText('mqnamesrv', namesrvOptions),
    `usage: mqnamesrv [-c <arg>] [-h] [-n <arg>] [-p]
 -c,--configFile <arg>    Name server config properties file
 -h,--help                Print help
 -n,--namesrvAddr <arg>   Name server address list, eg: '192.168.0.1:9876;192.168.0.2:9876'
 -p,--printConfigItem     Print all config items`,
  );
});
