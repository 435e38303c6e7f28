import { type Disk, type Logger, readSaved, SavedFile } from '@rocketmq-ts/kernel';
import { encodeJson, GET_ALL_MESSAGE_REQUEST_MODE, type JsonValue, Members } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { Feature } from '../feature.ts';

/** Topic → group → what was chosen for it. */
type Modes = ReadonlyMap<string, ReadonlyMap<string, JsonValue>>;

export interface RequestModesParts {
  readonly disk: Disk;
  readonly logger: Logger;
  /** Store folder. */
  readonly root: string;
}

const MEMBER = 'messageRequestModeMap';

/**
 * How groups receive messages, by the choice of operators: messageRequestMode.json. A slave keeps its master's, so that it is
 * there for the broker that takes over; this broker serves pull consumers in any case. Source: MessageRequestModeManager.
 */
export class RequestModes implements Feature {
  readonly #parts: RequestModesParts;
  readonly #file: SavedFile;
  #modes: Modes = new Map();

  constructor(parts: RequestModesParts) {
    this.#parts = parts;
    const { disk, logger, root } = parts;
    this.#file = new SavedFile(disk, logger, `${root}/config/messageRequestMode.json`, () => this.encode());
  }

  serve(server: RemotingServer): void {
    server.handle(GET_ALL_MESSAGE_REQUEST_MODE, (call) => call.answer({}, { body: this.encode() }));
  }

  /** A file that can't be read begins anew: nothing here depends on it. */
  start(): void {
    const { disk, logger } = this.#parts;
    const { path } = this.#file;
    try {
      this.#modes =
        readSaved({ disk, logger, path }, (bytes) => ({ value: readModes(bytes), version: [] })) ?? new Map();
    } catch (error) {
      logger.error('the modes of groups can not be read; there are none', { path, error });
    }
  }

  encode(): Buffer {
    return encodeJson({ [MEMBER]: this.#modes });
  }

  /** Of a slave: its master's. Throws a `ProtocolError` for another text. Source: SlaveSynchronize#syncMessageRequestMode. */
  follow(body: Buffer): void {
    const modes = readModes(body);
    const before = this.encode();
    this.#modes = modes;
    if (!this.encode().equals(before)) this.#file.save();
    else this.#file.saveAgain();
  }
}

function readModes(body: Buffer): Modes {
  const read = (value: JsonValue, where: string): ReadonlyMap<string, JsonValue> =>
    new Members({ groups: value }, where).values('groups', (mode) => mode);
  return Members.parse(body, 'messageRequestMode').values(MEMBER, read);
}
