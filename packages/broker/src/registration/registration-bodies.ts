import {
  createTopicConfigWrapper,
  type DataVersion,
  encodeRegisterBrokerBody,
  MQVersion,
  sameDataVersion,
  type TopicConfig,
  type TopicQueueMappingInfo,
} from '@rocketmq-ts/protocol';

export interface RegistrationForm {
  readonly enableSplitRegistration: boolean;
  readonly splitRegistrationSize: number;
  readonly compressedRegister: boolean;
}

/** What name servers are to know of static topics. */
export interface StaticTopicInfos {
  readonly size: number;
  infoOf(topic: string): TopicQueueMappingInfo | undefined;
}

const NO_STATIC_TOPICS: StaticTopicInfos = { size: 0, infoOf: () => undefined };

/**
 * Topics of a name server's one frame. Name servers refuse frames of more than 16 MiB (com.rocketmq.remoting.frameMaxLength);
 * what is larger than this is sent in parts, whatever is configured: otherwise nothing of the broker would be routed.
 */
const MAX_BODY_BYTES = 12 * 1024 * 1024;

/** A name server takes a first registration of a single topic for an increment of a broker that it has lost. */
const LEAST_TOPICS = 2;

/**
 * The bodies of a registration, to be sent one after the other: one, or with enableSplitRegistration one for each
 * splitRegistrationSize topics, and the rest. Source: BrokerController#registerBrokerAll, RegisterBrokerBody#encode.
 */
export class RegistrationBodies {
  readonly #topics: readonly TopicConfig[];
  readonly #mappings: StaticTopicInfos;
  readonly #version: DataVersion;
  readonly #form: RegistrationForm;
  #same: readonly Buffer[] | undefined;
  #different: readonly Buffer[] | undefined;

  constructor(
    topics: Iterable<TopicConfig>,
    version: DataVersion,
    form: RegistrationForm,
    mappings: StaticTopicInfos = NO_STATIC_TOPICS,
  ) {
    this.#topics = [...topics];
    this.#mappings = mappings;
    this.#version = version;
    this.#form = form;
  }

  get version(): DataVersion {
    return this.#version;
  }

  /**
   * For a name server that has taken `known` last. A name server takes changes of topics that it knows only from a
   * registration with another version than the one before; so where something changed, each part has a version of its own,
   * and the last one the broker's. Where nothing changed all have the broker's, and what operators changed at the name
   * server (write permissions that were wiped) stays. Source: RouteInfoManager#registerBroker, #isTopicConfigChanged.
   */
  for(known: DataVersion | undefined): readonly Buffer[] {
    if (known !== undefined && sameDataVersion(known, this.#version)) {
      this.#same ??= this.#encode(() => this.#version);
      return this.#same;
    }
    this.#different ??= this.#encode((left) => ({ ...this.#version, counter: this.#version.counter - left }));
    return this.#different;
  }

  /** `versionOf` gets how many parts follow. */
  #encode(versionOf: (left: number) => DataVersion): readonly Buffer[] {
    const { enableSplitRegistration, splitRegistrationSize } = this.#form;
    let perPart = enableSplitRegistration ? Math.max(LEAST_TOPICS, splitRegistrationSize) : Number.POSITIVE_INFINITY;
    for (;;) {
      const bodies = this.#parts(perPart).map((part, at, all) => this.#body(part, versionOf(all.length - 1 - at)));
      const largest = Math.max(...bodies.map((body) => body.length));
      const most = Math.min(perPart, this.#topics.length);
      if (largest <= MAX_BODY_BYTES || most <= LEAST_TOPICS) return bodies;
      perPart = Math.max(LEAST_TOPICS, Math.floor(most / Math.ceil((largest / MAX_BODY_BYTES) * 2)));
    }
  }

  #parts(perPart: number): (readonly TopicConfig[])[] {
    if (this.#topics.length <= perPart) return [this.#topics];
    const parts: (readonly TopicConfig[])[] = [];
    for (let at = 0; at < this.#topics.length; at += perPart) parts.push(this.#topics.slice(at, at + perPart));
    return parts;
  }

  #body(topics: readonly TopicConfig[], version: DataVersion): Buffer {
    const table = new Map(topics.map((topic) => [topic.topicName, topic]));
    const topicQueueMappingInfoMap = new Map<string, TopicQueueMappingInfo>();
    if (this.#mappings.size > 0) {
      for (const { topicName } of topics) {
        const info = this.#mappings.infoOf(topicName);
        if (info !== undefined) topicQueueMappingInfoMap.set(topicName, info);
      }
    }
    const topicConfigSerializeWrapper = { ...createTopicConfigWrapper(table, version), topicQueueMappingInfoMap };
    return encodeRegisterBrokerBody(
      { topicConfigSerializeWrapper, filterServerList: [] },
      { compressed: this.#form.compressedRegister, version: MQVersion.V5_4_0 },
    );
  }
}
