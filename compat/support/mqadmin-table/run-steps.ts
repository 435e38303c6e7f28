import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { nodePlatform } from '@rocketmq-ts/kernel';
import { runMqadmin } from '@rocketmq-ts/mqadmin';
import type { ApacheMqadmin } from '../apache-mqadmin.ts';
import { differenceOfClusters, differenceOfTools, type Outcome } from './compare.ts';
import type { Scene } from './scene.ts';
import { PAIRINGS, type Pairing, type Step } from './step.ts';

/** What came of a step in each pairing: undefined where it is the same as with Apache's tool on Apache's cluster. */
export interface StepResult {
  readonly step: Step;
  readonly differences: Readonly<Record<Pairing, string | undefined>>;
}

interface Both {
  readonly theirs: Outcome;
  readonly mine: Outcome;
}

/** Runs every step with both tools on clusters of both makes, one after the other on each; each cluster has a process of Apache's tool of its own. */
export async function runSteps(
  steps: readonly Step[],
  scenes: Readonly<Record<'apache' | 'ours', Scene>>,
  mqadmins: Readonly<Record<'apache' | 'ours', ApacheMqadmin>>,
): Promise<StepResult[]> {
  const [onApache, onOurs] = await Promise.all(
    (['apache', 'ours'] as const).map(async (make) => {
      const outcomes: (Both | undefined)[] = [];
      for (const step of steps)
        outcomes.push(step.notOn?.[make] === undefined ? await runStep(step, scenes[make], mqadmins[make]) : undefined);
      return outcomes;
    }),
  );
  return steps.map((step, index) => ({ step, differences: compare(step, onApache![index], onOurs![index]) }));
}

/** Runs every step with both tools on one cluster, ours with `conf/tools.yml` in `home`; what differs of each, undefined for nothing. */
export async function differencesOn(
  steps: readonly Step[],
  scene: Scene,
  mqadmin: ApacheMqadmin,
  home: string,
): Promise<(string | undefined)[]> {
  const differences: (string | undefined)[] = [];
  for (const step of steps) {
    const { theirs, mine } = await runStep(step, scene, mqadmin, home);
    differences.push(differenceOfTools(step, theirs, mine));
  }
  return differences;
}

function compare(step: Step, apache: Both | undefined, ours: Both | undefined): StepResult['differences'] {
  const across = apache && ours && differenceOfClusters(step, apache.theirs, ours.theirs);
  const onOurs = ours && differenceOfTools(step, ours.theirs, ours.mine);
  return {
    oursOnApache: apache && differenceOfTools(step, apache.theirs, apache.mine),
    apacheOnOurs: across,
    oursOnOurs: onOurs ?? (apache && ours && differenceOfClusters(step, apache.theirs, ours.mine)),
  };
}

async function runStep(step: Step, scene: Scene, mqadmin: ApacheMqadmin, home?: string): Promise<Both> {
  for (const [name, text] of Object.entries(step.files ?? {})) writeFileSync(name, text);
  const theirs = await mqadmin.outputs(
    [...wordsOf(step.line, scene, 'One'), '-n', scene.namesrv],
    step.repeats?.afterMs,
  );
  return {
    theirs,
    mine: await runOurs([...wordsOf(step.line, scene, 'Two'), '-n', scene.namesrv], step.repeats?.afterMs, home),
  };
}

async function runOurs(argv: readonly string[], endsAfterMs: number | undefined, home?: string): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  const exitCode = await runMqadmin(argv, {
    platform: nodePlatform,
    env: home === undefined ? {} : { ROCKETMQ_HOME: home },
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    ...(endsAfterMs === undefined ? {} : { signal: AbortSignal.timeout(endsAfterMs) }),
  });
  return { stdout, stderr, exitCode };
}

function wordsOf(line: string, scene: Scene, tool: string): string[] {
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  const names: Readonly<Record<string, string>> = { ...scene.names, tool, folder: process.cwd() };
  return words.map((word) =>
    word
      .replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? '')
      .replace(/\{(\w+)\}/g, (whole, name: string) => names[name] ?? whole),
  );
}

/** Fails with what differs without a reason in the step, and with reasons that nothing needs any more. */
export function assertAsDeclared({ step, differences }: StepResult): void {
  for (const pairing of PAIRINGS) {
    const reason = step.differs?.[pairing];
    const difference = differences[pairing];
    if (reason === undefined) assert.equal(difference, undefined, `mqadmin ${step.line}, ${pairing}: ${difference}`);
    else assert.notEqual(difference, undefined, `mqadmin ${step.line}, ${pairing}: is the same, take the reason out`);
  }
}
