import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulatedPlatform } from '@rocketmq-ts/testkit';
import { createDashboard } from '../src/index.ts';

test('every address of a page is answered with the page, below the path of a proxy or without it', async () => {
  const clusters = [{ namesrvAddr: 'namesrv:9876' }];
  const { http } = await createDashboard({ clusters, basePath: '/console/', platform: simulatedPlatform(1) });
  for (const url of [
    '/',
    '/console/',
    '/console/c/one/topics/%25RETRY%25billing',
    '/c/one/topics/a%2Fb%7Cc?filter=%25',
  ]) {
    const { statusCode, headers, body } = await http.inject({ url });
    assert.equal(statusCode, 200, url);
    assert.match(body, /<base href="\/console\/" \/>/);
    assert.match(String(headers['content-security-policy']), /default-src 'self'/);
    assert.equal(headers['cache-control'], 'no-cache');
  }
  const { body } = await http.inject({ url: '/' });
  const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(body)?.[1];
  assert.ok(script !== undefined, body);
  const plain = await http.inject({ url: `/console/${script}` });
  assert.match(String(plain.headers['cache-control']), /immutable/);
  const compressed = await http.inject({ url: `/${script}`, headers: { 'accept-encoding': 'gzip' } });
  assert.equal(compressed.headers['content-encoding'], 'gzip');
  assert.ok(compressed.rawPayload.length < plain.rawPayload.length / 2);
  await http.close();
});

test('each answer with the page has a nonce of its own, without which no style of the page counts', async () => {
  const platform = simulatedPlatform(1);
  const { http } = await createDashboard({ clusters: [{ namesrvAddr: 'namesrv:9876' }], platform });
  const nonces = new Set<string>();
  for (const url of ['/', '/']) {
    const { headers, body } = await http.inject({ url });
    const policy = String(headers['content-security-policy']);
    assert.doesNotMatch(policy, /unsafe/);
    const nonce = /style-src 'self' 'nonce-([^']+)';/.exec(policy)?.[1];
    assert.ok(nonce !== undefined && nonce.length >= 22, policy);
    assert.deepEqual([...new Set(body.match(/(?<=nonce=")[^"]+/g))], [nonce]);
    nonces.add(nonce);
  }
  assert.equal(nonces.size, 2);
  const { headers } = await http.inject({ url: '/api/v1/clusters' });
  assert.match(String(headers['content-security-policy']), /style-src 'self';/);
  await http.close();
});

test('an address whose escapes mean nothing is answered with the page too, which says what is not there', async () => {
  const platform = simulatedPlatform(1);
  const { http } = await createDashboard({ clusters: [{ namesrvAddr: 'namesrv:9876' }], platform });
  for (const url of ['/topics/%zz', '/c/%ff%fe/overview', '/c/one/topics/100%', '/c/one/topics?filter=%zz']) {
    const { statusCode, body } = await http.inject({ url });
    assert.equal(statusCode, 200, url);
    assert.match(body, /<div id="root">/);
  }
  await http.close();
});

test('what is no page and no end-point, and what can not be read, is refused in the form of the API', async () => {
  const platform = simulatedPlatform(1);
  const { http } = await createDashboard({ clusters: [{ namesrvAddr: 'namesrv:9876' }], platform });
  const json = { 'content-type': 'application/json' };
  for (const [request, status, code] of [
    [{ url: '/api/v1/nothing' }, 404, 'NOT_FOUND'],
    [{ url: '/assets/no.js' }, 404, 'NOT_FOUND'],
    [{ url: '/api/v1/%ZZ' }, 400, 'BAD_REQUEST'],
    [{ url: '/api/v1/clusters/%00/overview' }, 404, 'NOT_FOUND'],
    [{ url: '/api/v1/clusters?page=1' }, 400, 'BAD_REQUEST'],
    [{ method: 'POST', url: '/api/v1/clusters', headers: json, payload: '{"namesrvAddr": ' }, 400, 'BAD_REQUEST'],
    [{ method: 'POST', url: '/api/v1/clusters', headers: json, payload: '[]' }, 400, 'BAD_REQUEST'],
    [{ method: 'POST', url: '/api/v1/clusters', headers: json, payload: '{"__proto__": 1}' }, 400, 'BAD_REQUEST'],
    [
      { method: 'POST', url: '/api/v1/clusters', headers: json, payload: `"${'x'.repeat(9_000_000)}"` },
      413,
      'TOO_LARGE',
    ],
  ] as const) {
    const response = await http.inject(request as never);
    assert.equal(
      response.statusCode,
      status,
      `${JSON.stringify(request).slice(0, 200)}: ${response.body.slice(0, 200)}`,
    );
    assert.equal(response.json().code, code);
  }
  await http.close();
});
