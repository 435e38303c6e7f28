import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const deploy = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../deploy/${file}`, import.meta.url)), 'utf8');

interface Panel {
  readonly title: string;
  readonly panels?: readonly Panel[];
  readonly targets?: readonly { readonly expr: string }[];
}

/** One expression, and what it is for. */
export interface Expression {
  readonly of: string;
  readonly expression: string;
}

/** What the panels of the board ask Prometheus with all of its variables at "All". */
export function boardExpressions(): Expression[] {
  const board = JSON.parse(deploy('grafana/rocketmq.json')) as { readonly panels: readonly Panel[] };
  return board.panels.flatMap(expressionsOf);
}

function expressionsOf({ title, panels = [], targets = [] }: Panel): Expression[] {
  const own = targets.map(({ expr }) => ({ of: title, expression: filled(expr) }));
  return [...own, ...panels.flatMap(expressionsOf)];
}

function filled(expression: string): string {
  const text = expression.replaceAll('$__rate_interval', '10s').replace(/\$(cluster|broker|topic|group)\b/g, '.*');
  if (text.includes('$')) throw new Error(`a variable of the board that this does not know: ${text}`);
  return text;
}

/** What the alert rules look at: without their last comparison, which is false for what is healthy. */
export function alertExpressions(): Expression[] {
  const alerts = deploy('prometheus/rocketmq-alerts.yml')
    .split(/^ +- alert: /m)
    .slice(1);
  return alerts.map((text) => {
    const [of = ''] = text.split('\n', 1);
    const lines = /^ +expr: (?:>-\n)?([\s\S]*?)\n +(?:for|labels):/m.exec(text)?.[1] ?? '';
    const whole = /^([\s\S]*) (?:==|<|>) [\d.e]+$/.exec(lines.replace(/\s+/g, ' ').trim());
    if (whole === null) throw new Error(`no comparison at the end of the alert ${of}: ${lines}`);
    return { of, expression: whole[1]! };
  });
}
