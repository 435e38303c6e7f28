import type { MessageHandler } from '@nestjs/microservices';
import { type MessageSelector, sql, tag } from '@rocketmq-ts/client';
import { patternText, type RocketmqPattern, tagsOf } from './pattern.ts';

interface Route {
  readonly pattern: RocketmqPattern;
  /** Undefined: all messages of the topic. */
  readonly tags: readonly string[] | undefined;
  readonly handler: MessageHandler;
}

/** Which handlers there are for which messages. */
export class Routes {
  readonly #byTopic = new Map<string, Route[]>();

  /**
   * Throws TypeError when two handlers can't share one subscription: an SQL92 expression has its topic for itself, since only brokers
   * evaluate it.
   */
  add(pattern: RocketmqPattern, handler: MessageHandler): void {
    const { topic, tags, sql: expression } = pattern;
    if (tags !== undefined && expression !== undefined)
      throw new TypeError(`The pattern ${patternText(pattern)} has both tags and sql; a handler takes one of them.`);
    const routes = this.#byTopic.get(topic) ?? [];
    const other = routes.find((each) => each.pattern.sql !== expression);
    if (other !== undefined)
      throw new TypeError(
        `The patterns ${patternText(other.pattern)} and ${patternText(pattern)} are of one topic, whose messages only one ` +
          'SQL92 expression can select. Use tags, or one handler.',
      );
    routes.push({ pattern, tags: tagsOf(tags), handler });
    this.#byTopic.set(topic, routes);
  }

  get topics(): Iterable<string> {
    return this.#byTopic.keys();
  }

  /** What the consumer subscribes to, so that each handler of the topic gets its messages. */
  selectorOf(topic: string): MessageSelector {
    const routes = this.#byTopic.get(topic) ?? [];
    const expression = routes[0]?.pattern.sql;
    if (expression !== undefined) return sql(expression);
    if (routes.some(({ tags }) => tags === undefined)) return tag('*');
    // An expression that names no tag is left for the client to refuse.
    const given = routes.map(({ pattern }) => pattern.tags!);
    return tag(given.length === 1 ? given[0]! : [...new Set(routes.flatMap(({ tags }) => tags!))].join(' || '));
  }

  /** The handlers of a message, in the order in which they were added. */
  handlersOf(topic: string, tags: string | undefined): readonly MessageHandler[] {
    const routes = this.#byTopic.get(topic) ?? [];
    return routes
      .filter((route) => route.tags === undefined || (tags !== undefined && route.tags.includes(tags)))
      .map(({ handler }) => handler);
  }
}
