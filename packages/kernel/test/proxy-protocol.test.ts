import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProxyPreface } from '../src/node/proxy-protocol.ts';

const V2 = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const v2 = (rest: string): Buffer => Buffer.concat([V2, Buffer.from(rest.replaceAll(' ', ''), 'hex')]);

test('a version 1 line names the peer and its length', () => {
  const line = 'PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n';
  assert.deepEqual(readProxyPreface(Buffer.from(`${line}rest`)), {
    kind: 'preface',
    bytes: line.length,
    source: { host: '192.0.2.1', port: 56324 },
  });
  const line6 = 'PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n';
  assert.deepEqual(readProxyPreface(Buffer.from(line6)), {
    kind: 'preface',
    bytes: line6.length,
    source: { host: '2001:db8::1', port: 1 },
  });
});

test('a version 1 line of unknown family names no peer', () => {
  const line = 'PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n';
  assert.deepEqual(readProxyPreface(Buffer.from(line)), { kind: 'preface', bytes: line.length, source: undefined });
});

test('a version 2 preface names the peer, over IPv4 and IPv6, and its extensions are skipped', () => {
  assert.deepEqual(readProxyPreface(v2('21 11 000c c0000201 c6336401 dc04 01bb')), {
    kind: 'preface',
    bytes: 28,
    source: { host: '192.0.2.1', port: 56324 },
  });
  assert.deepEqual(readProxyPreface(v2('21 11 0010 c0000201 c6336401 dc04 01bb 04000100 ffff')), {
    kind: 'preface',
    bytes: 32,
    source: { host: '192.0.2.1', port: 56324 },
  });
  const ipv6 = '20010db8000000000000000000000001';
  assert.deepEqual(readProxyPreface(v2(`21 21 0024 ${ipv6}${ipv6} 0001 0002`)), {
    kind: 'preface',
    bytes: 52,
    source: { host: '2001:db8::1', port: 1 },
  });
});

test('a version 2 preface of the proxy itself, or of no internet family, names no peer', () => {
  assert.deepEqual(readProxyPreface(v2('20 00 0000')), { kind: 'preface', bytes: 16, source: undefined });
  assert.deepEqual(readProxyPreface(v2('21 31 0002 0000')), { kind: 'preface', bytes: 18, source: undefined });
});

// Source: NettyRemotingServer.HandshakeHandler: twelve bytes decide.
test('a beginning that may become a preface is waited for, at every length', () => {
  const line = Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n');
  for (let length = 0; length < line.length; length++) {
    assert.deepEqual(readProxyPreface(line.subarray(0, length)), { kind: 'more' }, `${length} bytes of version 1`);
  }
  const binary = v2('21 11 000c c0000201 c6336401 dc04 01bb');
  for (let length = 1; length < binary.length; length++) {
    assert.deepEqual(readProxyPreface(binary.subarray(0, length)), { kind: 'more' }, `${length} bytes of version 2`);
  }
});

test('frames, TLS hellos and other texts are no preface, the first byte being enough where it can be', () => {
  for (const bytes of ['00', '000000ab', '160301', '474554202f']) {
    assert.deepEqual(readProxyPreface(Buffer.from(bytes, 'hex')), { kind: 'none' });
  }
  assert.deepEqual(readProxyPreface(Buffer.from('POST / HTTP/1.1')), { kind: 'none' });
});

test('a broken preface is refused with the reason', () => {
  const broken = [
    Buffer.from('PROXY TCP4 not-an-address 1.1.1.1 1 2\r\n'),
    Buffer.from('PROXY TCP4 1.1.1.1 1.1.1.1 99999 2\r\n'),
    Buffer.from('PROXY UDP4 1.1.1.1 1.1.1.1 1 2\r\n'),
    Buffer.from(`PROXY ${'x'.repeat(200)}`),
    v2('11 11 000c c0000201 c6336401 dc04 01bb'),
    v2('21 11 0004 c0000201'),
    v2('21 11 ffff'),
  ];
  for (const bytes of broken) assert.equal(readProxyPreface(bytes).kind, 'invalid', bytes.toString('latin1'));
});
