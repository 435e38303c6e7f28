import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { apacheBrokerMetrics, ownBrokerMetrics } from '@rocketmq-ts/broker';
import { controllerMetrics } from '@rocketmq-ts/controller';
import type { ExposedMetric } from '@rocketmq-ts/kernel';
import { namesrvMetrics } from '@rocketmq-ts/namesrv';
import { processMetrics } from '../src/index.ts';

const deploy = join(import.meta.dirname, '../../../deploy');
const known: Readonly<Record<string, ExposedMetric>> = {
  ...apacheBrokerMetrics,
  ...ownBrokerMetrics,
  ...controllerMetrics,
  ...namesrvMetrics,
  ...processMetrics,
};

/** Names in an expression that are neither functions, labels nor words of the language. */
function metricsIn(expression: string): string[] {
  const bare = expression
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(?:by|without)\s*\([^)]*\)/g, '');
  return [...bare.matchAll(/[a-z_][a-z0-9_]*(?!\w*\s*\()/gi)]
    .map(([name]) => name)
    .filter((name) => !/^(?:sum|max|rate|increase|topk|histogram_quantile|label_values|up|e\d*)$/.test(name));
}

function assertKnown(expression: string): void {
  for (const name of metricsIn(expression)) {
    const family = name.replace(/_(?:bucket|count|sum)$/, '');
    const metric = known[name] ?? known[family];
    assert.ok(metric !== undefined, `${name} is in no table: ${expression}`);
    assert.equal(metric.type === 'histogram', known[name] === undefined, `${name} is of another type: ${expression}`);
  }
}

test('every metric of the board is in a table, and so are those of its variables', () => {
  const board = JSON.parse(readFileSync(join(deploy, 'grafana/rocketmq.json'), 'utf8'));
  const panels: { readonly targets?: readonly { readonly expr: string }[] }[] = board.panels;
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  assert.ok(expressions.length > 40);
  for (const expression of expressions) {
    assert.ok(metricsIn(expression).length > 0, expression);
    assertKnown(expression);
  }
  for (const { definition = '' } of board.templating.list)
    if (definition !== '') assertKnown(definition.replace(/,[^,]*\)$/, ')'));
});

test('every metric of the alert rules is in a table', () => {
  const text = readFileSync(join(deploy, 'prometheus/rocketmq-alerts.yml'), 'utf8');
  const expressions = [...text.matchAll(/^ {8}expr: (?:>-\n((?: {10}.*\n)+)|(.*)\n)/gm)].map(([, folded, line]) =>
    (folded ?? line ?? '').trim(),
  );
  assert.equal(expressions.length, [...text.matchAll(/- alert: /g)].length);
  for (const expression of expressions) assertKnown(expression);
});
