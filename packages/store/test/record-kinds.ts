import type { MessageStore } from '../src/index.ts';
import { putBatch, recordInput } from './store-calls.ts';

const IPV6_HOST = Buffer.from('20010db8000000000000000000000001000022b3', 'hex');

/** How the last record of a log may look: its layout, and what is behind it. */
export const RECORD_KINDS: Readonly<Record<string, (store: MessageStore) => void>> = {
  'of magic v1': (store) => putOne(store, { body: 'v1' }),
  'of magic v2': (store) => putOne(store, { topic: 't'.repeat(200), body: 'v2' }),
  'with IPv6 hosts': (store) => putOne(store, { body: 'ipv6', hosts: IPV6_HOST }),
  'with properties': (store) => putOne(store, { body: 'tagged', tags: 'TagA' }),
  'without a body': (store) => putOne(store, { body: '' }),
  'that ends a batch': (store) => {
    putBatch(store, [{ body: 'batch 0' }, { body: 'batch 1', tags: 'b' }]);
  },
};

function putOne(store: MessageStore, message: { topic?: string; body: string; tags?: string; hosts?: Buffer }): void {
  const input = recordInput(message);
  if (message.hosts !== undefined) {
    input.bornHost = message.hosts;
    input.storeHost = message.hosts;
  }
  if (store.put(input, undefined, true).status !== 'PUT_OK') throw new Error('the put was refused');
}
