/** The first number in [from, to) for which a condition holds that holds for all behind it as well; `to` when there is none. */
export function firstThat(from: number, to: number, holds: (number: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
