import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asError } from '../errors.ts';
import type { HttpPage, HttpPagesOptions, ServePages } from '../http-pages.ts';
import type { Listener } from '../network.ts';
import { onAddressesOf } from './network.ts';

/** A client that needs more time or more bytes is no probe. */
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  maxHeaderSize: 8 * 1024,
  connectionsCheckingInterval: 1_000,
};
const MAX_CONNECTIONS = 64;
/** A client that takes nothing for so long is gone. */
const STALL_MS = 10_000;

/** Serves pages by Node's HTTP server. */
export const nodeServePages: ServePages = ({ host, port, pages }) =>
  onAddressesOf(host, (address) => listenAt(address, port, pages));

async function listenAt(host: string, port: number, pages: HttpPagesOptions['pages']): Promise<Listener> {
  // Loaded where pages are served: a tool that runs for one line would wait for it.
  const { createServer } = await import('node:http');
  const server = createServer(LIMITS, (request, response) => void serve(pages, request, response));
  server.maxConnections = MAX_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      // Accepting can fail later for want of file handles: that probe is lost, the server keeps running.
      server.on('error', () => {});
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

async function serve(
  pages: HttpPagesOptions['pages'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, contentType = 'text/plain; charset=utf-8', body } = await answerTo(pages, request);
  response.setTimeout(STALL_MS, () => response.destroy());
  response.writeHead(status, {
    'content-type': contentType,
    ...(typeof body === 'string' ? { 'content-length': Buffer.byteLength(body) } : {}),
    'cache-control': 'no-store',
    connection: 'close',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  if (typeof body === 'string' || request.method === 'HEAD') {
    response.end(request.method === 'HEAD' ? undefined : body);
    return;
  }
  await send(body, response);
}

/** A client that leaves ends the iteration; a text that fails half-way must not look whole. */
async function send(body: AsyncIterable<string | Uint8Array>, response: ServerResponse): Promise<void> {
  const left = new Promise<void>((resolve) => response.once('close', resolve));
  try {
    for await (const piece of body) {
      if (response.destroyed) return;
      // Until then the piece is not ours to overwrite; and one who reads slowly has one piece in memory at the most.
      if (piece.length > 0)
        await Promise.race([new Promise<void>((written) => response.write(piece, () => written())), left]);
    }
    response.end();
  } catch {
    response.destroy();
  }
}

async function answerTo(pages: HttpPagesOptions['pages'], { method, url = '/' }: IncomingMessage): Promise<HttpPage> {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'only GET and HEAD\n' };
  const page = pages.get(url.split('?', 1)[0]!);
  if (page === undefined) return { status: 404, body: `there are ${[...pages.keys()].join(', ')}\n` };
  try {
    return await page();
  } catch (error) {
    return { status: 500, body: `${asError(error).message}\n` };
  }
}
