import { connect, createServer, type Server, type Socket } from 'node:net';

/** One frame as it passed, with its length word. */
export interface TappedFrame {
  /** Program that opened the connection, as the scenario named it at that time. */
  readonly opener: string;
  /** What is behind the tap. */
  readonly target: string;
  readonly fromOpener: boolean;
  readonly connection: number;
  readonly bytes: Buffer;
}

/** A listener that passes bytes on unchanged and shows every frame of both directions. */
export interface Tap {
  close(): Promise<void>;
}

let connections = 0;

/**
 * Listens on 127.0.0.1:`port` and forwards to `forwardHost`:`forwardPort`. Apache's programs are bound to 127.0.0.2 and
 * name 127.0.0.1 as their address, so they are reached through the tap without a byte of any frame being changed.
 */
export async function openTap(options: {
  readonly port: number;
  readonly forwardHost: string;
  readonly forwardPort: number;
  readonly target: string;
  readonly opener: () => string;
  readonly onFrame: (frame: TappedFrame) => void;
}): Promise<Tap> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const connection = ++connections;
    const opener = options.opener();
    const far = connect(options.forwardPort, options.forwardHost);
    const show = (fromOpener: boolean) => (bytes: Buffer) =>
      options.onFrame({ opener, target: options.target, fromOpener, connection, bytes });
    pass(near, far, show(true));
    pass(far, near, show(false));
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject).listen(options.port, '127.0.0.1', resolve);
  });
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function pass(source: Socket, sink: Socket, onFrame: (bytes: Buffer) => void): void {
  let held: Buffer = Buffer.alloc(0);
  source.on('data', (piece: Buffer) => {
    sink.write(piece);
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    while (held.length >= 4) {
      const end = 4 + held.readInt32BE(0);
      if (held.length < end) break;
      onFrame(Buffer.from(held.subarray(0, end)));
      held = held.subarray(end);
    }
  });
}
