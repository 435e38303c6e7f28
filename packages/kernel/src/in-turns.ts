/**
 * Runs a task for each item, no more than `limit` at the same time. Resolves to the results in the order of the items; rejects with the
 * first failure, while tasks that have begun end by themselves.
 */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  limit: number,
  task: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await task(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
