import type { PostAnswer } from './webhook.ts';

/** What is read of an answer. */
const MAX_BYTES = 4096;

/** Posts JSON with the `fetch` of Node.js; see `PostJson`. */
export async function postJson(url: string, body: string, signal: AbortSignal): Promise<PostAnswer> {
  const headers = { 'content-type': 'application/json', 'user-agent': 'rocketmq-console' };
  // A redirect would bring the alerts, and the secret in the address, to somebody else.
  const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
  return { status: response.status, text: await beginningOf(response) };
}

async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return '';
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < MAX_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    bytes += value.length;
  }
  await reader.cancel();
  return Buffer.concat(chunks).toString('utf8', 0, MAX_BYTES);
}
