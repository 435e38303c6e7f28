import { asError, type Clock, type Connection, formatEndpoint, type Network, parseEndpoint } from '@rocketmq-ts/kernel';

const HTTP_PORT = 80;
/** A list of name servers has a few hundred bytes; what is longer is something else. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_REDIRECTS = 3;

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

/**
 * The text behind an `http:` address, in HTTP/1.0, so that it ends with the connection. Redirects are followed. Rejects with
 * the reason when it is not there (another status than 200), longer than 64 KiB, or not complete within `timeoutMs`.
 */
export async function httpGet(
  { clock, network }: { readonly clock: Clock; readonly network: Network },
  url: string,
  timeoutMs: number,
): Promise<string> {
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  let place = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const leftMs = deadlineMs - clock.monotonicMs();
    if (leftMs <= 0) throw new Error(`${url} did not answer in time`);
    const answer = await getOnce(clock, network, place, leftMs);
    if (answer.status === 200) return answer.body;
    if (answer.status < 300 || answer.status > 399 || answer.location === undefined)
      throw new Error(`${place} answers with status ${answer.status}`);
    place = new URL(answer.location, place).href;
  }
  throw new Error(`${url} leads from one address to the next, more than ${MAX_REDIRECTS} times`);
}

async function getOnce(clock: Clock, network: Network, url: string, timeoutMs: number): Promise<Answer> {
  const { protocol, host, pathname, search } = new URL(url);
  if (protocol !== 'http:') throw new Error(`${url} is not an http: address`);
  const endpoint = parseEndpoint(/:\d+$/.test(host) ? host : `${host}:${HTTP_PORT}`);
  if (endpoint === undefined) throw new Error(`${url} has no host`);
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  const connection = await network.connect({ ...endpoint, timeoutMs });
  const request = `GET ${pathname}${search} HTTP/1.0\r\nHost: ${host}\r\nAccept: */*\r\nConnection: close\r\n\r\n`;
  const bytes = await exchange(clock, connection, Buffer.from(request), deadlineMs - clock.monotonicMs()).catch(
    (error: unknown) => {
      throw new Error(`${formatEndpoint(endpoint)}: ${asError(error).message}`, { cause: error });
    },
  );
  return readAnswer(bytes, url);
}

/** Everything that the other side sends until it closes the connection. */
function exchange(clock: Clock, connection: Connection, request: Buffer, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = clock.after(Math.max(0, timeoutMs), () => finish(new Error('the answer did not come in time')));
    const finish = (failure: Error | undefined): void => {
      timer.cancel();
      if (failure === undefined) resolve(Buffer.concat(chunks));
      else reject(failure);
      connection.destroy();
    };
    connection.setHandlers({
      onData: (chunk) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > MAX_ANSWER_BYTES) finish(new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`));
        else if (isWhole(Buffer.concat(chunks))) finish(undefined);
      },
      onDrain: () => {},
      onClose: (error) => finish(error),
    });
    connection.write(request);
  });
}

/** A server that keeps the connection open says how long its answer is. */
function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = headerOf(bytes.toString('latin1', 0, end), 'content-length');
  return length !== undefined && bytes.length >= end + 4 + Number(length);
}

function readAnswer(bytes: Buffer, url: string): Answer {
  const end = bytes.indexOf('\r\n\r\n');
  const head = bytes.toString('latin1', 0, Math.max(0, end));
  const status = /^HTTP\/1\.\d (\d{3})/.exec(head)?.[1];
  if (end < 0 || status === undefined) throw new Error(`${url} does not answer in HTTP`);
  const body = bytes.subarray(end + 4);
  const isChunked = headerOf(head, 'transfer-encoding')?.toLowerCase() === 'chunked';
  const length = Number(headerOf(head, 'content-length') ?? body.length);
  if (!isChunked && body.length < length) throw new Error(`the answer of ${url} is not whole`);
  const text = isChunked ? joinChunks(body, url) : body.subarray(0, length);
  return { status: Number(status), location: headerOf(head, 'location'), body: text.toString('utf8') };
}

/** Some servers send chunks also to those who speak HTTP/1.0. Each has its length in hexadecimal digits on a line before it; one of length 0 ends them. */
function joinChunks(body: Buffer, url: string): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const length = Number.parseInt(body.toString('latin1', at, Math.max(at, lineEnd)), 16);
    if (lineEnd < 0 || !(length >= 0) || lineEnd + 2 + length > body.length)
      throw new Error(`the answer of ${url} is not whole`);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
}

function headerOf(head: string, name: string): string | undefined {
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    if (line.slice(0, colon).trim().toLowerCase() === name) return line.slice(colon + 1).trim();
  }
  return undefined;
}
