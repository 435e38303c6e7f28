import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import {
  bareHost,
  bracketedHost,
  formatEndpoint,
  isIpv4,
  isIpv6,
  parseEndpoint,
  splitEndpoints,
  unmapIpv4,
  whyNotEndpointList,
  whyNotHost,
} from '@rocketmq-ts/kernel';
import fc from 'fast-check';

test('IPv4 and IPv6 addresses are what the system takes as such', () => {
  const piece = fc.constantFrom(
    '',
    ':',
    '::',
    '0',
    '1',
    'ab',
    'ffff',
    '12345',
    'g',
    '.',
    '1.2.3.4',
    '256',
    '01',
    '255',
  );
  const text = fc.array(piece, { maxLength: 18 }).map((pieces) => pieces.join(''));
  const colons = fc
    .array(fc.constantFrom('', '1', 'fe80', '10.0.0.1'), { maxLength: 10 })
    .map((parts) => parts.join(':'));
  fc.assert(
    fc.property(fc.oneof(text, colons, fc.ipV4(), fc.ipV6()), (address) => {
      assert.equal(isIpv4(address), isIPv4(address), address);
      assert.equal(isIpv6(address), isIPv6(address), address);
    }),
    { numRuns: 2000 },
  );
});

test('brackets around an IPv6 address are removed and added, also where they are there already', () => {
  assert.deepEqual(parseEndpoint('[::1]:9876'), { host: '::1', port: 9876 });
  assert.deepEqual(parseEndpoint('::1:9876'), { host: '::1', port: 9876 });
  assert.deepEqual(parseEndpoint('[fe80::1%eth0]:1'), { host: 'fe80::1%eth0', port: 1 });
  assert.equal(formatEndpoint({ host: '::1', port: 1 }), '[::1]:1');
  assert.equal(formatEndpoint({ host: '[::1]', port: 1 }), '[::1]:1');
  assert.equal(formatEndpoint({ host: 'a', port: 1 }), 'a:1');
  assert.deepEqual([bareHost('[::1]'), bareHost('::1'), bareHost('a')], ['::1', '::1', 'a']);
  assert.deepEqual([bracketedHost('[::1]'), bracketedHost('::1'), bracketedHost('a')], ['[::1]', '[::1]', 'a']);
});

test('what is no host and port is none', () => {
  for (const text of ['', ':1', 'a', 'a:', 'a:b', 'a:70000', '[]:1', '::1', '[::1]', '[::g]:1', 'a:b:1', '1::2::3:4']) {
    assert.equal(parseEndpoint(text), undefined, text);
  }
});

test('a list of addresses is split at semicolons, and its first bad part is named with the reason', () => {
  assert.deepEqual(splitEndpoints(' a:1; [::1]:2;;'), ['a:1', '[::1]:2']);
  for (const list of ['', ';', 'a:1', '[::1]:9876;127.0.0.1:9876', '::1:9876', '[fe80::1%eth0]:9876', 'name-1.x_y:1']) {
    assert.equal(whyNotEndpointList(list), undefined, list);
  }
  assert.match(whyNotEndpointList('a:1;b') ?? '', /^"b" is not host:port$/);
  assert.match(whyNotEndpointList('a:0') ?? '', /port 0/);
  assert.match(whyNotEndpointList('999.1.1.1:1') ?? '', /no IPv4 address/);
  assert.match(whyNotEndpointList('[fe80::1]:9876') ?? '', /needs the name of an interface: \[fe80::1%eth0\]:9876/);
});

test('hosts are addresses, with brackets or a zone too, or names', () => {
  for (const host of ['1.2.3.4', '::1', '[::1]', 'fe80::1%eth0', 'localhost', 'a.b-c.example.', 'höst', 'a_b']) {
    assert.equal(whyNotHost(host), undefined, host);
  }
  for (const host of ['', '[]', '1.2.3', '999.1.1.1', '::g', '[a]', 'a b', '-a', 'a..b', 'fe80::1%', 'a/b', 'host.1']) {
    assert.notEqual(whyNotHost(host), undefined, host);
  }
});

test('an IPv4 address in the form of IPv6 reads as IPv4, however it is spelt', () => {
  for (const text of ['::ffff:127.0.0.1', '::FFFF:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:127.0.0.1']) {
    assert.equal(unmapIpv4(text), '127.0.0.1', text);
  }
  for (const text of ['127.0.0.1', '::1', '::ffff:1', '64:ff9b::1.2.3.4', '::ffff:0:7f00:1', '::ffff:999.0.0.1']) {
    assert.equal(unmapIpv4(text), text);
  }
});
