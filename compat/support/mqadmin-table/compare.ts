import type { Step } from './step.ts';

/** What a tool did with a step. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Of ours only: Apache's tool ends with 0 whatever happened. */
  readonly exitCode?: number;
}

/** Whole output of both tools on one cluster: blanks count, since scripts cut columns. Undefined: the same. */
export function differenceOfTools(step: Step, theirs: Outcome, mine: Outcome): string | undefined {
  const difference = firstDifference(normal(step, theirs.stdout), normal(step, mine.stdout));
  if (difference === undefined) return differenceOfFailures(step, theirs, mine);
  return mine.stderr === '' ? difference : `${difference}; standard error: ${mine.stderr}`;
}

/** Output of one tool on clusters of two makes: numbers that are a matter of the run are masked, blanks are run together. */
export function differenceOfClusters(step: Step, onApache: Outcome, onOurs: Outcome): string | undefined {
  return firstDifference(across(step, onApache), across(step, onOurs));
}

function across(step: Step, outcome: Outcome): string {
  // Brokers and name servers of ours say more than the code.
  const text = `${normal(step, outcome.stdout)}\n${/CODE: \d+/.exec(outcome.stderr)?.[0] ?? ''}`;
  const masked = (step.maskAcross ?? []).reduce((rest, pattern) => rest.replace(pattern, ''), text);
  const plain = masked
    .replace(/\d{1,3}(\.\d{1,3}){3}@\S+/g, '<client>')
    .replace(/\d{1,3}(\.\d{1,3}){3}(:\d+)?/g, '<address>')
    .replace(/\b[0-9A-F]{32}\b/g, '<id>')
    .replace(/(?<!CODE: )\d+/g, '#')
    .replace(/[ \t]+/g, ' ')
    .replace(/ $/gm, '');
  return plain.split('\n').sort().join('\n');
}

/** Without what differs between two runs a moment apart. Blanks before a decimal go, since it is set flush right. */
export function normal(step: Step, output: string): string {
  const lines = step.repeats === undefined ? output : output.split('\n').slice(0, step.repeats.lines).join('\n');
  const own = (step.mask ?? []).reduce((text, pattern) => text.replace(pattern, '<moment>'), lines);
  const text = withoutTool(own)
    .replace(/\d{4}-\d\d-\d\d[ #]\d\d:\d\d:\d\d([,:]\d{3})?/g, '<time>')
    .replace(/\b1[78]\d{11}\b/g, '<epoch>')
    .replace(/(?<= )[0-2](?=-\d+\(\d+\.\dw, )/g, '<0-2>')
    .replace(/ *(?<![\d.])\d+\.\d+(?![\d.])/g, ' <decimal>');
  return step.unordered === true ? text.split('\n').sort().join('\n') : text;
}

/** What each tool changes has its name at the end. */
function withoutTool(text: string): string {
  return text.replace(/(One|Two)(?![a-zA-Z\d])/g, 'Own');
}

function differenceOfFailures(step: Step, theirs: Outcome, mine: Outcome): string | undefined {
  const reason = reasonOf(theirs.stderr);
  const failed = /^\s+at [\w.$]+\(/m.test(theirs.stderr);
  const expected = step.exitCode ?? (failed ? 2 : 0);
  if (mine.exitCode !== expected) return `exit code ${mine.exitCode} and not ${expected}: ${mine.stderr}`;
  if (reason !== undefined && !withoutTool(mine.stderr).includes(withoutTool(reason)))
    return `standard error lacks "${reason}": ${mine.stderr}`;
  const lines = mine.stderr.split('\n').filter((line) => line !== '').length;
  return failed && lines === 0 ? 'nothing on standard error' : undefined;
}

/** The reason in Apache's stack trace, when a server or the client library gave one. */
function reasonOf(stderr: string): string | undefined {
  return /(CODE: \d+ {2}DESC: .*?)( BROKER: \S+)?$/m.exec(stderr)?.[1];
}

function firstDifference(expected: string, actual: string): string | undefined {
  if (expected === actual) return undefined;
  const [wanted, there] = [expected.split('\n'), actual.split('\n')];
  const at = Array.from({ length: Math.max(wanted.length, there.length) }).findIndex((_, i) => wanted[i] !== there[i]);
  const show = (line: string | undefined): string => (line === undefined ? 'no line' : `"${line}"`);
  return `line ${at + 1} is ${show(there[at])} and with Apache's ${show(wanted[at])}`;
}
