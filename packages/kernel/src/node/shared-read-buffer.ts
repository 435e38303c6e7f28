import { Socket, type SocketConstructorOpts } from 'node:net';
import { TLSSocket } from 'node:tls';

const READ_BUFFER_BYTES = 65536;

/** Every plain socket reads into it; what was read is copied out before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);

/** What is not in Node's types: the system's socket below a `Socket`, and the server that counts it. */
interface SocketInsides {
  _handle?: { useUserBuffer?: unknown } | null;
  _server?: unknown;
}

/**
 * The same connection on a socket that reads into one buffer shared by all. Node otherwise takes 64 KiB for each read and
 * returns most of it: with many connections that was a tenth of the broker's time. Node offers this only to sockets that
 * connect (`onread`), so the handle of an accepted one is moved to a new `Socket`. TLS sockets, and sockets whose insides
 * look otherwise than known, are returned as they are: then `onBytes` is never called, and the caller listens for `data`.
 */
export function readingIntoSharedBuffer(
  socket: Socket,
  highWaterMark: number,
  onBytes: (bytes: Buffer) => void,
): Socket {
  const insides = socket as unknown as SocketInsides;
  const handle = insides._handle;
  if (socket instanceof TLSSocket || handle === null || handle === undefined) return socket;
  if (typeof handle.useUserBuffer !== 'function' || socket.writableLength > 0) return socket;
  const options = {
    handle,
    highWaterMark,
    onread: {
      buffer: readBuffer,
      callback: (count: number): boolean => {
        const bytes = Buffer.allocUnsafe(count);
        readBuffer.copy(bytes, 0, 0, count);
        onBytes(bytes);
        return true;
      },
    },
  };
  insides._handle = null;
  const moved = new Socket(options as unknown as SocketConstructorOpts);
  (moved as unknown as SocketInsides)._server = insides._server;
  insides._server = null;
  return moved;
}
