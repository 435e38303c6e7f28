import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** One GET_BROKER_CLUSTER_INFO (106), framed by hand: this folder must not depend on the code that it helps to test. */
function clusterInfo(host: string, port: number): Promise<string> {
  const header = Buffer.from(
    '{"code":106,"flag":0,"language":"JAVA","opaque":1,"serializeTypeCurrentRPC":"JSON","version":493}',
  );
  const frame = Buffer.alloc(8 + header.length);
  frame.writeInt32BE(4 + header.length, 0);
  frame.writeInt32BE(header.length, 4);
  header.copy(frame, 8);
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const socket = connect(port, host, () => socket.write(frame));
    socket.setTimeout(3_000, () => socket.destroy(new Error('no answer')));
    socket.on('error', reject).on('close', () => reject(new Error('connection closed')));
    socket.on('data', (piece) => {
      received = Buffer.concat([received, piece]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      resolve(received.toString('utf8'));
      socket.destroy();
    });
  });
}

/** Resolves when one of the name servers lists this broker address; rejects after `timeoutMs`. */
export async function brokerIsRegistered(namesrv: string, brokerAddress: string, timeoutMs: number): Promise<void> {
  const giveUpAt = Date.now() + timeoutMs;
  let last = 'it was not asked';
  while (Date.now() < giveUpAt) {
    for (const server of namesrv.split(';')) {
      const [host, port] = server.split(':');
      try {
        last = await clusterInfo(host!, Number(port));
        if (last.includes(`"${brokerAddress}"`)) return;
      } catch (error) {
        last = String(error);
      }
    }
    await pause(50);
  }
  throw new Error(`${brokerAddress} did not register at ${namesrv} within ${timeoutMs} ms; last answer: ${last}`);
}
