import { type Disk, type Logger, readSaved, SavedFile } from '@rocketmq-ts/kernel';
import {
  decodeSetMessageRequestModeRequestBody,
  encodeJson,
  GET_ALL_MESSAGE_REQUEST_MODE,
  isRetryTopic,
  type JsonValue,
  Members,
  ResponseCode,
  SET_MESSAGE_REQUEST_MODE,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { Feature } from '../feature.ts';
import type { GroupTable } from '../group/group-table.ts';
import { answerWhenSaved } from '../saved-answer.ts';
import type { TopicTable } from '../topic/topic-table.ts';

/** Topic → group → what was chosen for it. */
type Modes = ReadonlyMap<string, ReadonlyMap<string, JsonValue>>;

export interface RequestModesParts {
  readonly disk: Disk;
  readonly logger: Logger;
  /** Store folder. */
  readonly root: string;
  readonly topics: Pick<TopicTable, 'get'>;
  readonly groups: Pick<GroupTable, 'ofConsumer'>;
}

const MEMBER = 'messageRequestModeMap';

/**
 * How groups receive messages, by the choice of operators: messageRequestMode.json. A slave keeps its master's, so that it is
 * there for the broker that takes over; this broker serves pull consumers in any case, and takes no choice of pop, which it
 * could not serve. Source: MessageRequestModeManager, QueryAssignmentProcessor#setMessageRequestMode.
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
    server.handle(SET_MESSAGE_REQUEST_MODE, (call) => this.#choose(call));
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

  #choose(call: Call<typeof SET_MESSAGE_REQUEST_MODE>): void {
    const { topics, groups } = this.#parts;
    const choice = decodeSetMessageRequestModeRequestBody(call.body);
    const { topic, consumerGroup, mode } = choice;
    if (isRetryTopic(topic)) return call.fail(ResponseCode.NO_PERMISSION, 'retry topic is not allowed to set mode');
    if (topics.get(topic) === undefined) return call.fail(ResponseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist`);
    if (groups.ofConsumer(consumerGroup) === undefined)
      return call.fail(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, 'subscription group does not exist');
    if (mode !== 'PULL') {
      const remark = `mode ${mode} is not served: this broker has no pop consumers yet, group ${consumerGroup} pulls topic ${topic} as before`;
      return call.fail(ResponseCode.REQUEST_CODE_NOT_SUPPORTED, remark);
    }
    const ofTopic = new Map(this.#modes.get(topic)).set(consumerGroup, { ...choice });
    this.#modes = new Map(this.#modes).set(topic, ofTopic);
    this.#file.save();
    this.#file.whenSaved(answerWhenSaved(call));
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
