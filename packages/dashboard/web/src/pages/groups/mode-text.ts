import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

const NAMES = ['CONSUME_PASSIVELY', 'CONSUME_ACTIVELY', 'CONSUME_POP', 'CLUSTERING', 'BROADCASTING'] as const;

/** How a group consumes, in words; a name of a newer RocketMQ as it is. */
export function useModeText(): (name: string | undefined) => string {
  const t = useText(text);
  return (name) => {
    const known = NAMES.find((each) => each === name);
    return known === undefined ? (name ?? '–') : t[known];
  };
}
