import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call, Interceptor } from '@rocketmq-ts/remoting';
import { BARE, ECHO, Stage } from './stage.ts';

const echo = (call: Call<typeof ECHO>): void => call.answer({ text: call.header.text }, { body: call.body });

async function serving(interceptors: readonly Interceptor[], handler = echo, limits = {}) {
  const stage = new Stage();
  const server = stage.server({ limits });
  server.handle(ECHO, handler);
  for (const interceptor of interceptors) server.intercept(interceptor);
  await server.start();
  return { stage, server, peer: await stage.peer(server.port) };
}

test('interceptors see code, fields, body and connection in the order in which they were added; the first refusal is the answer', async () => {
  const seen: unknown[] = [];
  const watching = (name: string, refuses: string): Interceptor => ({
    before: ({ code, extFields, body, connection }) => {
      seen.push([name, code, extFields, body.toString(), connection.closed]);
      return extFields.text === refuses ? { code: 16, remark: `${name} refuses` } : undefined;
    },
  });
  const handled: string[] = [];
  const { stage, server, peer } = await serving([watching('first', 'a'), watching('second', 'b')], (call) => {
    handled.push(call.header.text);
    echo(call);
  });
  for (const [opaque, text] of ['a', 'b', 'c'].entries()) {
    peer.send({ code: ECHO.code, opaque, extFields: { text, x: '1' }, body: Buffer.from(text.toUpperCase()) });
  }
  await stage.settled();
  const sight = (name: string, text: string) => [name, ECHO.code, { text, x: '1' }, text.toUpperCase(), false];
  assert.deepEqual(seen, [
    sight('first', 'a'),
    ...[sight('first', 'b'), sight('second', 'b')],
    ...[sight('first', 'c'), sight('second', 'c')],
  ]);
  assert.deepEqual(handled, ['c']);
  assert.deepEqual(
    peer.frames.map(({ code, opaque, remark }) => [code, opaque, remark]),
    [
      [16, 0, 'first refuses'],
      [16, 1, 'second refuses'],
      [0, 2, undefined],
    ],
  );
  await server.stop();
});

test('an interceptor that throws refuses the request with code 1, is logged, and lets the next request through', async () => {
  let calls = 0;
  const before = (): undefined => {
    calls += 1;
    if (calls === 1) throw new RangeError('no rule');
  };
  const { stage, server, peer } = await serving([{ before }]);
  for (const opaque of [1, 2]) peer.send({ code: ECHO.code, opaque, extFields: { text: 'x' } });
  await stage.settled();
  assert.deepEqual(
    peer.frames.map(({ code, opaque, remark }) => [code, opaque, remark]),
    [
      [1, 1, 'ECHO failed in the server: RangeError: no rule; its log has the place'],
      [0, 2, undefined],
    ],
  );
  assert.equal(stage.lines.filter((line) => line.sentence === 'A handler failed').length, 1);
  await server.stop();
});

test('the end of every request is seen once, with the code of its answer: also refused, failed, not served and one-way ones', async () => {
  const ends: unknown[] = [];
  const refusing: Interceptor = {
    before: ({ extFields }) => (extFields.text === 'refused' ? { code: 16, remark: 'no' } : undefined),
  };
  const watching: Interceptor = { after: ({ code, opaque }, answer) => void ends.push([code, opaque, answer]) };
  const { stage, server, peer } = await serving(
    [refusing, watching],
    (call) => {
      const { text } = call.header;
      if (text === 'crash') throw new Error('crash');
      if (text === 'fail') call.fail(17, 'none');
      else call.answer({ text }, { body: Buffer.alloc(text === 'large' ? 3000 : 0) });
      if (text === 'twice') call.answer({ text });
    },
    { maxFrameBytes: 2000 },
  );
  const texts = ['fine', 'refused', 'crash', 'fail', 'large', 'twice'];
  peer.send(...texts.map((text, opaque) => ({ code: ECHO.code, opaque, extFields: { text } })));
  peer.send({ code: ECHO.code, opaque: 6 }, { code: 4711, opaque: 7 });
  peer.send({ code: ECHO.code, opaque: 8, flag: 2, extFields: { text: 'one-way' } });
  await stage.settled();
  const answers = [0, 16, 1, 17, 1, 0, 1].map((answer, opaque) => [ECHO.code, opaque, answer]);
  assert.deepEqual(ends, [...answers, [4711, 7, 3], [ECHO.code, 8, 0]]);
  assert.deepEqual(
    peer.frames.map(({ code, opaque }) => [opaque, code]),
    [...answers.map(([, opaque, answer]) => [opaque, answer]), [7, 3]],
  );
  await server.stop();
});

test('the time of a request counts from its reading to its answer, however long that is held', async () => {
  const durations: number[] = [];
  const held: Call<typeof ECHO>[] = [];
  const { stage, server, peer } = await serving(
    [{ after: (_, __, durationMs) => void durations.push(durationMs) }],
    (call) => void held.push(call),
  );
  peer.send({ code: ECHO.code, extFields: { text: 'x' } });
  await stage.settled();
  await stage.clock.advance(1500);
  assert.deepEqual(durations, []);
  held[0]?.answer({ text: 'late' });
  assert.deepEqual(durations, [1500]);
  await server.stop();
});

test('an interceptor that throws at the end of a request is logged, and the answer is sent', async () => {
  const after = (): void => {
    throw new RangeError('no counter');
  };
  const { stage, server, peer } = await serving([{ after }]);
  server.handle(BARE, (call) => call.answer({}));
  peer.send({ code: ECHO.code, opaque: 1, extFields: { text: 'x' } }, { code: BARE.code, opaque: 2 });
  await stage.settled();
  assert.deepEqual(
    peer.frames.map(({ code, opaque }) => [code, opaque]),
    [
      [0, 1],
      [0, 2],
    ],
  );
  assert.match(stage.lines[0]!.sentence, /an interceptor at the end of a request failed/);
  await server.stop();
});
