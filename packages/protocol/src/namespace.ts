import {
  DLQ_TOPIC_PREFIX,
  isDeadLetterTopic,
  isRetryTopic,
  isSystemGroup,
  isSystemTopic,
  RETRY_TOPIC_PREFIX,
} from './names.ts';

/** Between a namespace and the name of a topic or group. Source: NamespaceUtil#NAMESPACE_SEPARATOR. */
const SEPARATOR = '%';

/**
 * The name of a topic or group as brokers know it: `namespace%name`, with the prefix of retry topics and dead letters before it.
 * Names of the system, names in the namespace already, and all names without a namespace stay as they are.
 * Source: NamespaceUtil#wrapNamespace.
 */
export function withNamespace(name: string, namespace: string | undefined): string {
  if (namespace === undefined || namespace === '' || name === '') return name;
  if (isSystemTopic(name) || isSystemGroup(name)) return name;
  const prefix = prefixOf(name);
  const rest = name.slice(prefix.length);
  return rest.startsWith(namespace + SEPARATOR) ? name : prefix + namespace + SEPARATOR + rest;
}

/** The name of a topic or group as the users of a namespace know it. Names outside it stay as they are. Source: NamespaceUtil#withoutNamespace. */
export function withoutNamespace(name: string, namespace: string | undefined): string {
  if (namespace === undefined || namespace === '') return name;
  const prefix = prefixOf(name);
  const before = namespace + SEPARATOR;
  return name.startsWith(before, prefix.length) ? prefix + name.slice(prefix.length + before.length) : name;
}

function prefixOf(name: string): string {
  return isRetryTopic(name) ? RETRY_TOPIC_PREFIX : isDeadLetterTopic(name) ? DLQ_TOPIC_PREFIX : '';
}

const INSTANCE_ENDPOINT = /^(?:\w+:\/\/|)MQ_INST_\w+_\w+\..*/;

/**
 * The namespace that an address list of name servers names by itself, as `http://MQ_INST_1_2.example.com:80` does: the text up
 * to the first point. Undefined for all others. Source: NameServerAddressUtils#parseInstanceIdFromEndpoint.
 */
export function namespaceOfAddress(namesrvAddr: string): string | undefined {
  if (!INSTANCE_ENDPOINT.test(namesrvAddr)) return undefined;
  return namesrvAddr.slice(namesrvAddr.lastIndexOf('/') + 1, namesrvAddr.indexOf('.'));
}
