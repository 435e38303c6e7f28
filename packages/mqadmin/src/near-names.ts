import { editDistance } from '@rocketmq-ts/kernel';

const MAX_NAMES = 3;

/** Names that a mistyped one may have meant, the nearest first: few letters apart, or one within the other. Ignores case. */
export function nearNames(typed: string, names: readonly string[]): string[] {
  const wanted = typed.toLowerCase();
  if (wanted === '') return [];
  // A third of the letters may be wrong; more than that, and nearly every name would be near a short word.
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  return names
    .map((name) => ({ name, distance: distanceOf(wanted, name.toLowerCase(), limit) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_NAMES)
    .map(({ name }) => name);
}

function distanceOf(typed: string, name: string, limit: number): number {
  const within = typed.length >= 3 && (name.includes(typed) || typed.includes(name));
  return within ? 1 : editDistance(typed, name, limit);
}
