import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseJson } from '@rocketmq-ts/protocol';
import type { SharedStore } from './shared-store.ts';
import { offsetsOfGroups, viewStore, withoutZeros } from './store-view.ts';

const LIMIT_MS = 30_000;

/**
 * Resolves when the broker has saved the progress that it answers: that of groups and that of delay levels, each in its own time. A
 * killed broker knows what it has saved, and delivers the rest again.
 */
export async function progressSaved(store: SharedStore): Promise<void> {
  const tableOf = (name: string): unknown => {
    const file = join(store.directory, 'config', name);
    return existsSync(file) ? (parseJson(readFileSync(file)) as Record<string, unknown>).offsetTable : {};
  };
  for (const giveUpAt = Date.now() + LIMIT_MS; ; await pause(100)) {
    const { consumerOffsets, delayOffsets } = await viewStore(store.broker, []);
    const expected = JSON.stringify([consumerOffsets, delayOffsets]);
    const groups = offsetsOfGroups(tableOf('consumerOffset.json'));
    const saved = JSON.stringify([groups, withoutZeros(tableOf('delayOffset.json'))]);
    if (saved === expected) return;
    assert.ok(Date.now() < giveUpAt, `saved: ${saved}, not ${expected}`);
  }
}
