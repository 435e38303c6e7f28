import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { AdminError, type AdminErrorCode, adminErrors } from '@rocketmq-ts/admin';
import { BrokerError, type BrokerErrorCode, brokerErrors } from '@rocketmq-ts/broker';
import { FilterError, type FilterErrorCode, filterErrors } from '@rocketmq-ts/filter';
import type { CodedError, ErrorEntry } from '@rocketmq-ts/kernel';
import {
  CodecError,
  type CodecErrorCode,
  codecErrors,
  type ProtocolErrorCode,
  protocolError,
  protocolErrors,
} from '@rocketmq-ts/protocol';
import { StoreError, type StoreErrorCode, storeErrors } from '@rocketmq-ts/store';

const packages = resolve(import.meta.dirname, '../..');

interface RoomErrors {
  readonly room: string;
  /** Codes of its tables. */
  readonly declared: ReadonlySet<string>;
  /** Its sources but the tables. */
  readonly sources: string;
}

/** What each room declares and documents; testkit's errors are seen by tests only. */
function readRooms(): RoomErrors[] {
  return readdirSync(packages)
    .filter((room) => room !== 'testkit')
    .map((room) => {
      const folder = join(packages, room, 'src');
      const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
      const isTable = (name: string): boolean => /(?:^|\/)(?:errors|codec-error)\.ts$/.test(name);
      const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
      const tables = names.filter(isTable).map(read).join('\n');
      return {
        room,
        declared: new Set(Array.from(tables.matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm), ([, code]) => code!)),
        sources:
          tables.replace(/^ {2}[A-Z][A-Z0-9_]+: /gm, '') +
          names
            .filter((name) => !isTable(name))
            .map(read)
            .join('\n'),
      };
    });
}

const rooms = readRooms();

test('every code in a table is thrown somewhere in its room', () => {
  const idle = rooms.flatMap(({ room, declared, sources }) =>
    [...declared].filter((code) => !sources.includes(`'${code}'`)).map((code) => `${room}: ${code}`),
  );
  assert.deepEqual(idle, []);
});

// The compiler holds the codes of every other class against its table.
test('every code of a plain CodedError is in the table of its room or of the kernel', () => {
  const kernel = rooms.find(({ room }) => room === 'kernel');
  assert.ok(kernel !== undefined && kernel.declared.size > 0);
  const thrown = /\bnew CodedError(?:<\w+>)?\(\s*'([A-Z][A-Z0-9_]+)'|\bsuper\(\s*'([A-Z][A-Z0-9_]+)'/g;
  let count = 0;
  for (const { room, declared, sources } of rooms) {
    for (const [, made, given] of sources.matchAll(thrown)) {
      const code = made ?? given!;
      count++;
      assert.ok(declared.has(code) || kernel.declared.has(code), `${room} throws ${code}, which is in no table`);
    }
  }
  assert.ok(count >= 10, `only ${count} places were found`);
});

test('an error is as retryable as the table of its room has it', () => {
  const hold = <Code extends string>(table: Record<Code, ErrorEntry>, make: (code: Code) => CodedError): void => {
    for (const code of Object.keys(table) as Code[]) {
      const error = make(code);
      assert.deepEqual([error.code, error.retryable], [code, table[code].retryable]);
    }
  };
  hold<AdminErrorCode>(adminErrors, (code) => new AdminError(code, 'text'));
  hold<BrokerErrorCode>(brokerErrors, (code) => new BrokerError(code, 'text'));
  hold<CodecErrorCode>(codecErrors, (code) => new CodecError(code, 'text'));
  hold<FilterErrorCode>(filterErrors, (code) => new FilterError(code, 'text'));
  hold<ProtocolErrorCode>(protocolErrors, (code) => protocolError(code, 'text'));
  hold<StoreErrorCode>(storeErrors, (code) => new StoreError(code, 'text'));
});
