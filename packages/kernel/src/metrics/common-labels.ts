import type { Logger } from '../log.ts';
import type { CommonLabel } from './exposed.ts';

/** Name of a label. Source: Prometheus data model. */
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Labels that an operator gives, as `name:value,name:value`; what is no such pair is logged and left out. */
export function readCommonLabels(text: string, logger: Logger): CommonLabel[] {
  const labels: CommonLabel[] = [];
  for (const pair of text.split(',')) {
    if (pair === '') continue;
    const [name = '', value, ...rest] = pair.split(':');
    if (value === undefined || rest.length > 0 || !LABEL_NAME.test(name))
      logger.warn('a part of the labels of metrics is no name:value', { labels: text, part: pair });
    else labels.push([name, value]);
  }
  return labels;
}
