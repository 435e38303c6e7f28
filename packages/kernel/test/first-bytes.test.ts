import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as openSocket, type Socket } from 'node:net';
import { test } from 'node:test';
import { connect as openTls } from 'node:tls';
import {
  type Connection,
  type Listener,
  nodeNetwork,
  systemErrorCode,
  type TlsServerOptions,
} from '@rocketmq-ts/kernel';
import { makeSelfSignedCertificate } from '../src/node/self-signed.ts';

/** A frame of a small request begins so. */
const PLAIN = Buffer.from('000000ab', 'hex');

test('on one port, a permissive server talks TLS and plain text, and the caller sees no difference', async () => {
  const server = await echo({ tls: { mode: 'permissive' } });
  const plain = await dial(server.port);
  plain.write(PLAIN);
  assert.deepEqual(await data(plain), PLAIN);
  const secure = openTls({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false });
  secure.write('secret');
  assert.equal((await data(secure)).toString(), 'secret');
  assert.equal(secure.getProtocol(), 'TLSv1.3');
  plain.destroy();
  secure.destroy();
  await server.end();
});

test('our own client talks TLS to our own server, large amounts both ways, and drains', async () => {
  const server = await echo({ tls: { mode: 'enforcing' } });
  const client = await nodeNetwork.connect({ host: '127.0.0.1', port: server.port, timeoutMs: 5000, tls: {} });
  const sent = Buffer.alloc(3_000_000, 'abcdefg');
  let receivedBytes = 0;
  await new Promise<void>((resolve) => {
    let isDrained = false;
    const check = (): void => {
      if (isDrained && receivedBytes === sent.length) resolve();
    };
    client.setHandlers({
      onData: (chunk) => {
        receivedBytes += chunk.length;
        check();
      },
      onDrain: () => {
        isDrained = true;
        check();
      },
      onClose: () => {},
    });
    client.write(sent);
  });
  client.end();
  await server.end();
});

// Source: NettyRemotingServer.TlsModeHandler.
test('a server that disabled TLS closes TLS connections, one that enforces it closes plain ones', async () => {
  const disabled = await echo({ tls: { mode: 'disabled' } });
  const attempt = nodeNetwork.connect({ host: '127.0.0.1', port: disabled.port, timeoutMs: 5000, tls: {} });
  await assert.rejects(attempt);
  assert.equal(systemErrorCode(await disabled.failure()), 'TLS_DISABLED');
  const plain = await dial(disabled.port);
  plain.write(PLAIN);
  assert.deepEqual(await data(plain), PLAIN);
  plain.destroy();
  await disabled.end();

  const enforcing = await echo({ tls: { mode: 'enforcing' } });
  const refused = await dial(enforcing.port);
  refused.write(PLAIN);
  await closed(refused);
  assert.equal(systemErrorCode(await enforcing.failure()), 'TLS_REQUIRED');
  await enforcing.end();
});

test('what looks like TLS and is not closes that connection with a reason', async () => {
  const server = await echo({ tls: { mode: 'permissive' } });
  const socket = await dial(server.port);
  socket.write(Buffer.from('1603010005ffffffffff', 'hex'));
  await closed(socket);
  assert.ok((await server.failure()) instanceof Error);
  await server.end();
});

test('a PROXY preface in pieces, then plain text or TLS: the peer is known before the first byte', async () => {
  const server = await echo({ tls: { mode: 'permissive' }, proxyProtocol: true });
  const plain = await dial(server.port);
  plain.setNoDelay(true);
  plain.write('PROX');
  plain.write('Y TCP4 192.0.2.1 198.51.100.1 56324 443\r\n');
  plain.write(PLAIN);
  assert.deepEqual(await data(plain), PLAIN);
  assert.deepEqual(server.accepted.at(-1)?.proxied, { host: '192.0.2.1', port: 56324 });
  plain.destroy();

  const raw = await dial(server.port);
  raw.write('PROXY TCP4 192.0.2.7 198.51.100.1 7 443\r\n');
  const secure = openTls({ socket: raw, rejectUnauthorized: false });
  secure.write('secret');
  assert.equal((await data(secure)).toString(), 'secret');
  assert.deepEqual(server.accepted.at(-1)?.proxied, { host: '192.0.2.7', port: 7 });
  assert.equal(server.accepted.at(-1)?.remote.host, '127.0.0.1');
  secure.destroy();

  const direct = await dial(server.port);
  direct.write(PLAIN);
  assert.deepEqual(await data(direct), PLAIN);
  assert.equal(server.accepted.at(-1)?.proxied, undefined);
  direct.destroy();
  await server.end();
});

test('a broken PROXY preface closes that connection', async () => {
  const server = await echo({ proxyProtocol: true });
  const socket = await dial(server.port);
  socket.write('PROXY TCP4 nonsense\r\n');
  await closed(socket);
  assert.equal(systemErrorCode(await server.failure()), 'PROXY_PREFACE_INVALID');
  await server.end();
});

test('what the server writes before the first byte came is sent in the form that the client chose', async () => {
  const accepted: Connection[] = [];
  const listener = await nodeNetwork.listen(
    { host: '127.0.0.1', port: 0, tls: { mode: 'permissive' } },
    (connection) => {
      accepted.push(connection);
      connection.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: () => {} });
      connection.write(Buffer.from('early'));
      assert.equal(connection.pendingBytes, 5);
    },
  );
  const secure = openTls({ host: '127.0.0.1', port: listener.port, rejectUnauthorized: false });
  assert.equal((await data(secure)).toString(), 'early');
  secure.destroy();
  await listener.close();
});

test('client certificates are asked for, judged and required as configured', async () => {
  const own = makeSelfSignedCertificate(Date.now());
  const stranger = makeSelfSignedCertificate(Date.now());
  const tls = (clientAuth: 'optional' | 'require'): TlsServerOptions => ({
    mode: 'enforcing',
    certificatePem: own.certificatePem,
    keyPem: own.keyPem,
    clientCaPem: own.certificatePem,
    clientAuth,
  });
  const isServed = async (server: Echo, client: object): Promise<boolean> => {
    const socket = openTls({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ...client });
    socket.on('error', () => {});
    socket.write('x');
    const answered = await Promise.race([data(socket).then(() => true), closed(socket).then(() => false)]);
    socket.destroy();
    return answered;
  };
  const certified = { cert: own.certificatePem, key: own.keyPem };
  const strange = { cert: stranger.certificatePem, key: stranger.keyPem };
  const required = await echo({ tls: tls('require') });
  assert.equal(await isServed(required, certified), true);
  assert.equal(await isServed(required, {}), false);
  assert.equal(await isServed(required, strange), false);
  await required.end();
  const optional = await echo({ tls: tls('optional') });
  assert.equal(await isServed(optional, certified), true);
  assert.equal(await isServed(optional, {}), true);
  assert.equal(await isServed(optional, strange), false);
  await optional.end();
});

test('a client that trusts one authority refuses every other server', async () => {
  const own = makeSelfSignedCertificate(Date.now());
  const server = await echo({ tls: { mode: 'permissive', certificatePem: own.certificatePem, keyPem: own.keyPem } });
  const target = { host: '127.0.0.1', port: server.port, timeoutMs: 5000 };
  const trusting = await nodeNetwork.connect({ ...target, tls: { caPem: own.certificatePem } });
  trusting.destroy();
  const other = makeSelfSignedCertificate(Date.now());
  await assert.rejects(nodeNetwork.connect({ ...target, tls: { caPem: other.certificatePem } }));
  await server.end();
});

test('a certificate that cannot be read fails the start', async () => {
  const tls: TlsServerOptions = { mode: 'permissive', certificatePem: 'nonsense', keyPem: 'nonsense' };
  await assert.rejects(nodeNetwork.listen({ host: '127.0.0.1', port: 0, tls }, () => {}));
});

test('the self-signed certificate is one for localhost, valid for ten years, and signs itself', () => {
  const now = Date.UTC(2026, 0, 31, 12);
  const { certificatePem, keyPem } = makeSelfSignedCertificate(now);
  const certificate = new X509Certificate(certificatePem);
  assert.equal(certificate.subject, 'CN=localhost');
  assert.equal(certificate.subjectAltName, 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
  assert.equal(Date.parse(certificate.validFrom), now - 86_400_000);
  assert.equal(Date.parse(certificate.validTo), now - 86_400_000 + 3650 * 86_400_000);
  assert.ok(certificate.verify(certificate.publicKey));
  assert.match(keyPem, /^-----BEGIN PRIVATE KEY-----/);
  assert.notEqual(
    new X509Certificate(makeSelfSignedCertificate(now).certificatePem).serialNumber,
    certificate.serialNumber,
  );
});

test('dates from 2050 on are written in the long form', () => {
  const certificate = new X509Certificate(makeSelfSignedCertificate(Date.UTC(2045, 0, 1)).certificatePem);
  assert.equal(new Date(certificate.validTo).getUTCFullYear(), 2054);
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
test('openssl reads the certificate and talks to the server', { skip: !hasOpenssl }, async () => {
  const { certificatePem } = makeSelfSignedCertificate(Date.now());
  const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: certificatePem, encoding: 'utf8' });
  assert.match(text, /Version: 3 \(0x2\)/);
  assert.match(text, /CA:TRUE/);
  const server = await echo({ tls: { mode: 'permissive' } });
  const client = spawn('openssl', ['s_client', '-quiet', '-connect', `127.0.0.1:${server.port}`], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  client.stdin.write('through openssl');
  const [chunk] = (await once(client.stdout, 'data')) as [Buffer];
  assert.equal(chunk.toString(), 'through openssl');
  client.kill();
  await once(client, 'exit');
  await server.end();
});

interface Echo {
  readonly port: number;
  readonly accepted: readonly Connection[];
  /** Why the next connection was closed. */
  failure(): Promise<Error | undefined>;
  end(): Promise<void>;
}

/** A server that gives back what it gets. */
async function echo(options: { tls?: TlsServerOptions; proxyProtocol?: boolean }): Promise<Echo> {
  const accepted: Connection[] = [];
  const failures: (Error | undefined)[] = [];
  let onFailure: () => void = () => {};
  const accept = (connection: Connection): void => {
    accepted.push(connection);
    connection.setHandlers({
      onData: (chunk) => connection.write(chunk),
      onDrain: () => {},
      onClose: (error) => {
        failures.push(error);
        onFailure();
      },
    });
  };
  const listener: Listener = await nodeNetwork.listen({ host: '127.0.0.1', port: 0, ...options }, accept);
  return {
    port: listener.port,
    accepted,
    failure: async () => {
      while (failures.length === 0) {
        await new Promise<void>((resolve) => {
          onFailure = resolve;
        });
      }
      return failures.shift();
    },
    end: async () => {
      for (const connection of accepted) connection.destroy();
      await listener.close();
    },
  };
}

async function dial(port: number): Promise<Socket> {
  const socket = openSocket(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function data(socket: Socket): Promise<Buffer> {
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk;
}

async function closed(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.closed) await once(socket, 'close');
}

test('a certificate that no known authority signed is refused where it is checked, whether authorities are named or not', async () => {
  const server = await echo({ tls: { mode: 'enforcing' } });
  const target = { host: '127.0.0.1', port: server.port, timeoutMs: 5000 };
  await assert.rejects(nodeNetwork.connect({ ...target, tls: { rejectUnauthorized: true } }), /self.signed/);
  const open = await nodeNetwork.connect({ ...target, tls: { rejectUnauthorized: false } });
  open.destroy();
  await server.end();
});
