import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import { VirtualClock } from '@rocketmq-ts/testkit';
import { noticeBody } from '../src/alerts/formats.ts';
import { postJson } from '../src/alerts/post-json.ts';
import { type PostAnswer, type PostJson, Webhook } from '../src/alerts/webhook.ts';
import type { AlertEvent, WebhookFormat } from '../src/api/index.ts';

const SECRET = 'https://hooks.example/robot/send?access_token=s3cret';
const EVENT: AlertEvent = {
  ...{ atMs: 1_700_000_060_000, what: 'raised', rule: 'lag a', cluster: 'one', startsAtMs: 1_700_000_000_000 },
  finding: { kind: 'lag', severity: 'warning', group: 'a<b', lag: 11 },
};
const RESOLVED: AlertEvent = { ...EVENT, what: 'resolved' };

function webhookOf(post: PostJson, format: WebhookFormat = 'json'): { clock: VirtualClock; webhook: Webhook } {
  const clock = new VirtualClock();
  return { clock, webhook: new Webhook({ url: SECRET, format, clock, logger: silentLogger, post }) };
}

/** Answers one after the other, the last again and again. */
function answers(...list: readonly (PostAnswer | 'hang' | Error)[]): { post: PostJson; bodies: string[] } {
  const bodies: string[] = [];
  return {
    bodies,
    async post(_url, body) {
      const next = list[Math.min(bodies.length, list.length - 1)]!;
      bodies.push(body);
      if (next === 'hang') return await new Promise<never>(() => {});
      if (next instanceof Error) throw next;
      return next;
    },
  };
}

const OK = { status: 200, text: 'ok' };

test('one that hangs, fails or is not there is tried again, so often and no more', async () => {
  for (const trouble of ['hang', { status: 500, text: 'no' }, new Error(`no route to ${SECRET}`)] as const) {
    const { post, bodies } = answers(trouble, trouble, OK);
    const { clock, webhook } = webhookOf(post);
    webhook.send('one', [EVENT]);
    await clock.advance(60_000);
    assert.equal(bodies.length, 3);
    const { sent, lost, failure, failedAtMs } = webhook.state();
    assert.deepEqual([sent, lost, failure], [1, 0, undefined]);
    assert.ok(failedAtMs !== undefined);
  }
  const { post, bodies } = answers(new Error(`no route to ${SECRET}`));
  const { clock, webhook } = webhookOf(post);
  webhook.send('one', [EVENT]);
  await clock.advance(3_600_000);
  assert.equal(bodies.length, 5);
  assert.deepEqual([webhook.state().sent, webhook.state().lost], [0, 1]);
  assert.equal(webhook.state().failure, 'no route to https://hooks.example');
  assert.doesNotMatch(JSON.stringify(webhook.state()), /s3cret/);
});

test('what is refused for good is not tried again', async () => {
  for (const [answer, why] of [
    [{ status: 302, text: '' }, /HTTP 302: it leads to another address/],
    [{ status: 404, text: 'no such robot' }, /HTTP 404 no such robot/],
    [{ status: 200, text: '{"errcode":310000,"errmsg":"keywords not in content"}' }, /it refuses: .*keywords not in/],
  ] as const) {
    const { post, bodies } = answers(answer);
    const { clock, webhook } = webhookOf(post);
    webhook.send('one', [EVENT]);
    await clock.advance(600_000);
    assert.equal(bodies.length, 1);
    assert.equal(webhook.state().lost, 1);
    assert.match(webhook.state().failure ?? '', why);
  }
});

test('the queue has a limit, a slow receiver gets one message at a time, and a stop gives up', async () => {
  const { post, bodies } = answers('hang');
  const { clock, webhook } = webhookOf(post);
  for (let at = 0; at < 1000; at++) webhook.send('one', [EVENT]);
  webhook.send('one', new Array(10_000).fill(EVENT));
  await clock.advance(5000);
  assert.equal(bodies.length, 1);
  const { waiting, lost } = webhook.state();
  assert.equal(waiting, 100);
  assert.equal(lost, 1000 - 1 + 200 - 100);
  webhook.stop();
  await clock.advance(600_000);
  assert.equal(bodies.length, 1);
  assert.equal(webhook.state().waiting, 0);
});

test('each form is what its receiver takes', () => {
  const body = noticeBody('json', { cluster: 'shop', events: [EVENT, RESOLVED] }) as {
    readonly alerts: readonly object[];
  };
  assert.deepEqual(body, {
    ...{ version: '4', groupKey: '{}:{cluster="shop"}', truncatedAlerts: 0, status: 'firing' },
    ...{ receiver: 'rocketmq-console', groupLabels: { cluster: 'shop' }, commonLabels: { cluster: 'shop' } },
    ...{ commonAnnotations: {}, externalURL: '', alerts: body.alerts },
  });
  const common = {
    labels: { alertname: 'lag', severity: 'warning', cluster: 'shop', group: 'a<b' },
    annotations: { summary: 'Consumer group a<b is 11 messages behind' },
    ...{ startsAt: '2023-11-14T22:13:20.000Z', generatorURL: '', fingerprint: 'lag/warning/shop/a<b' },
  };
  assert.deepEqual(body.alerts, [
    { status: 'firing', endsAt: '0001-01-01T00:00:00Z', ...common },
    { status: 'resolved', endsAt: '2023-11-14T22:14:20.000Z', ...common },
  ]);
  const content = 'RocketMQ shop\n[resolved] Consumer group a<b is 11 messages behind';
  for (const format of ['dingtalk', 'wecom'] as const)
    assert.deepEqual(noticeBody(format, { cluster: 'shop', events: [RESOLVED] }), {
      msgtype: 'text',
      text: { content },
    });
  assert.deepEqual(noticeBody('slack', { cluster: 'shop', events: [RESOLVED] }), {
    text: content.replace('<', '&lt;'),
  });
  const long = noticeBody('wecom', { cluster: 'shop', events: new Array(50).fill(EVENT) }) as {
    readonly text: { readonly content: string };
  };
  assert.ok(Buffer.byteLength(long.text.content) <= 2048);
  assert.match(long.text.content, /\n… \d+ more$/);
});

test('a real receiver gets JSON; a redirect of it is not followed, and an endless answer is not read', async () => {
  const got: { readonly type: string | undefined; readonly body: string }[] = [];
  await withServer(
    async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      got.push({ type: request.headers['content-type'], body });
      if (request.url === '/moved') response.writeHead(307, { location: '/ok' }).end();
      else if (request.url === '/endless') {
        const more = (): void => void (response.destroyed || response.write('x'.repeat(65_536), more));
        more();
      } else response.end('ok');
    },
    async (base) => {
      for (const [path, lost] of [
        ['/ok', 0],
        ['/moved', 1],
        ['/endless', 0],
      ] as const) {
        got.length = 0;
        const { clock } = nodePlatform;
        const options = { url: base + path, format: 'json', clock, logger: silentLogger, post: postJson } as const;
        const why = await new Webhook(options).test({ cluster: 'one', events: [EVENT], isTest: true });
        assert.equal(why === undefined ? 0 : 1, lost, `${path}: ${why}`);
        assert.equal(got.length, 1, path);
        assert.equal(got[0]!.type, 'application/json');
        assert.equal(JSON.parse(got[0]!.body).alerts[0].labels.alertname, 'test');
      }
    },
  );
});

async function withServer(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  run: (base: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
