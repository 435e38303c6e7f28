import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localAddress, type Network, type NetworkInterface } from '@rocketmq-ts/kernel';

// Each expectation was printed by Apache's NetworkUtil.getLocalAddress (5.4.0, JDK 17) in a network namespace with these
// addresses, given here in the system's order. Source: NetworkUtil#getLocalAddress.
test('the same address is found as by Apache', () => {
  assert.equal(found('10.1.0.1', '10.1.0.2', '8.8.1.1', '8.8.2.1'), '8.8.2.1');
  assert.equal(found('10.1.0.1', '10.1.0.2', '172.16.3.3'), '10.1.0.1');
  assert.equal(found('169.254.3.3', '10.1.1.1'), '169.254.3.3');
  assert.equal(found('100.64.1.1', '10.1.1.1'), '100.64.1.1');
  assert.equal(found('2001:db8::1', 'fd00::1'), '2001:db8::1');
  assert.equal(found('10.0.0.5', '203.0.113.9'), '203.0.113.9');
  assert.equal(found('10.0.0.5', '192.168.1.2', '172.17.0.1'), '10.0.0.5');
  assert.equal(found('172.17.0.1'), '172.17.0.1');
});

test('private ranges end where they end', () => {
  assert.equal(found('172.15.0.1', '10.0.0.1'), '172.15.0.1');
  assert.equal(found('172.32.0.1', '192.168.0.1'), '172.32.0.1');
  assert.equal(found('172.31.0.1', '11.0.0.1'), '11.0.0.1');
});

test('IPv4 is preferred to IPv6, a public IPv6 address before an inner one', () => {
  assert.equal(found('2001:db8::1', '192.168.1.1'), '192.168.1.1');
  assert.equal(found('fe80::1', 'fd00::1', '2001:db8::2'), '2001:db8::2');
  assert.equal(found('fe80::1', 'fd00::1'), 'fd00::1');
});

test('a link-local address is never given to others, who could not connect to it', () => {
  assert.equal(found('fe80::1', 'fe80::2'), '127.0.0.1');
});

test('a machine with nothing but itself is 127.0.0.1', () => {
  assert.equal(found(), '127.0.0.1');
});

function found(...addresses: string[]): string {
  const interfaces: NetworkInterface[] = [
    { name: 'lo', address: '127.0.0.1', family: 'IPv4', loopback: true },
    { name: 'lo', address: '::1', family: 'IPv6', loopback: true },
    ...addresses.map((address, index): NetworkInterface => {
      return { name: `eth${index}`, address, family: address.includes(':') ? 'IPv6' : 'IPv4', loopback: false };
    }),
  ];
  const network: Network = {
    listen: () => Promise.reject(new Error('not used')),
    connect: () => Promise.reject(new Error('not used')),
    lookup: () => Promise.reject(new Error('not asked')),
    interfaces: () => interfaces,
  };
  return localAddress(network);
}
