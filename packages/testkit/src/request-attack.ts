import type { Network } from '@rocketmq-ts/kernel';
import { type Command, commandTable, FrameReader } from '@rocketmq-ts/protocol';
import type { SeededRandom } from '@rocketmq-ts/testing/simulated';
import type { VirtualClock } from './clock.ts';
import { RequestFuzzer } from './request-fuzzer.ts';

/** Frames that a connection gets before the next one is opened. */
const FRAMES = 20;
const MAX_FRAME_BYTES = 1 << 26;

interface RequestAttack {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  /** Of the machine that attacks. */
  readonly network: Network;
  readonly host: string;
  readonly port: number;
  /** Whole bodies that are mutated. */
  readonly bodies: readonly Buffer[];
  /** Each round sends one request of every declared code. */
  readonly rounds: number;
  /** Longer than any request may be held. */
  readonly patienceMs: number;
}

/**
 * Sends strange requests of every code to a server. Returns the names of those that were neither answered nor had their
 * connection closed.
 */
export async function attackWithRequests(attack: RequestAttack): Promise<string[]> {
  const { clock, random, network, host, port } = attack;
  const fuzzer = new RequestFuzzer(random, attack.bodies);
  const unanswered: string[] = [];
  for (let round = 0; round < attack.rounds; round++) {
    const commands = [...commandTable.values()];
    while (commands.length > 0) {
      const connection = await clock.run(network.connect({ host, port, timeoutMs: 1000 }));
      const some: Command[] = commands.splice(0, FRAMES);
      const answered = new Set<number>();
      let isClosed = false;
      const reader = new FrameReader(MAX_FRAME_BYTES);
      connection.setHandlers({
        onData: (chunk) => {
          reader.push(chunk);
          for (let frame = reader.next(); frame !== undefined; frame = reader.next()) answered.add(frame.opaque);
        },
        onDrain: () => {},
        onClose: () => {
          isClosed = true;
        },
      });
      const isBroken = random.chance(0.3);
      for (const [opaque, command] of some.entries()) connection.write(fuzzer.frame(command, opaque, isBroken));
      await clock.advance(attack.patienceMs);
      // Changed bytes may make a one-way request of one, or change its opaque.
      if (!isClosed && !isBroken) {
        for (const [opaque, { name }] of some.entries()) if (!answered.has(opaque)) unanswered.push(name);
      }
      connection.destroy();
      await clock.advance(1);
    }
  }
  return unanswered;
}
