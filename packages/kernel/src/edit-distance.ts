/**
 * Letters to add, remove, change, or swap with their neighbour to get from one text to the other; `limit + 1` when it is more
 * than `limit`. Only columns in which a distance within the limit is possible are computed (optimal string alignment).
 */
export function editDistance(from: string, to: string, limit: number): number {
  const far = limit + 1;
  if (Math.abs(from.length - to.length) > limit) return far;
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => Math.min(column, far));
  for (let row = 1; row <= from.length; row++) {
    const current = new Array<number>(to.length + 1).fill(far);
    current[0] = Math.min(row, far);
    for (let column = Math.max(1, row - limit); column <= Math.min(to.length, row + limit); column++) {
      const same = from[row - 1] === to[column - 1];
      let least = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1), far);
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped && row > 1 && column > 1) least = Math.min(least, beforeLast[column - 2]! + 1);
      current[column] = least;
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length]!;
}
