import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { ROOMS } from './tidy/rooms.ts';

const packages = resolve(import.meta.dirname, '../..');
const rooms = readdirSync(packages);

for (const room of rooms) {
  test(`the README of ${room} names what the room may import and depends on, and leads to files that are there`, () => {
    const page = readFileSync(join(packages, room, 'README.md'), 'utf8');
    assert.ok(page.startsWith(`# @rocketmq-ts/${room}\n`));

    const allowed = (ROOMS[room] ?? []).filter((each) => rooms.includes(each));
    const named = /^May import: (.*)\.$/m.exec(page)?.[1];
    assert.equal(named, allowed.length === 0 ? 'nothing' : allowed.join(', '));

    const { dependencies = {} } = JSON.parse(readFileSync(join(packages, room, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    const foreign = Object.keys(dependencies).filter((name) => !name.startsWith('@rocketmq-ts/'));
    if (foreign.length === 0) assert.match(page, /^Runtime dependencies: none; /m);
    for (const name of foreign) assert.ok(page.includes(`\`${name}\``), `${name} has no reason in the README`);

    for (const [, target] of page.matchAll(/\]\(([^):#]+)\)/g)) readFileSync(join(packages, room, target!));
  });
}
