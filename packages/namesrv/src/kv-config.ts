import {
  DELETE_KV_CONFIG,
  encodeKVTable,
  GET_KV_CONFIG,
  GET_KVLIST_BY_NAMESPACE,
  PUT_KV_CONFIG,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { KvTable } from './kv-table.ts';

/** The key-value configuration: requests 100, 101, 102 and 219. Source: DefaultRequestProcessor. */
export function serveKvConfig(server: RemotingServer, kv: KvTable): void {
  server.handle(PUT_KV_CONFIG, (call) => {
    const { namespace, key, value } = call.header;
    kv.put(namespace, key, value);
    call.answer({});
  });
  server.handle(GET_KV_CONFIG, (call) => {
    const { namespace, key } = call.header;
    const value = kv.get(namespace, key);
    if (value !== undefined) return call.answer({ value });
    call.fail(ResponseCode.QUERY_NOT_FOUND, `No config item, Namespace: ${namespace} Key: ${key}`);
  });
  server.handle(DELETE_KV_CONFIG, (call) => {
    kv.remove(call.header.namespace, call.header.key);
    call.answer({});
  });
  server.handle(GET_KVLIST_BY_NAMESPACE, (call) => {
    const { namespace } = call.header;
    const pairs = kv.list(namespace);
    if (pairs !== undefined) return call.answer({}, { body: encodeKVTable(pairs) });
    call.fail(ResponseCode.QUERY_NOT_FOUND, `No config item, Namespace: ${namespace}`);
  });
}
