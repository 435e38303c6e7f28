/** One step of a plan: what it does, and the values it does it with. */
export interface PlannedAction {
  readonly do: string;
}

/** An action with its place in the plan that the seed gave: what chance decides in it follows from seed and number. */
export interface PlannedOperation<A extends PlannedAction> {
  readonly number: number;
  readonly action: A;
}

/** What a seed makes: what the machines are like, and what happens to them. Any part of the operations is a plan as well. */
export interface SeededPlan<S extends { readonly seed: number }, A extends PlannedAction> {
  readonly settings: S;
  readonly operations: readonly PlannedOperation<A>[];
}

/** One line for the settings, which begins with `kind`, and one for each operation: for people to read and for `parsePlan`. */
export function formatPlan(kind: string, plan: SeededPlan<{ readonly seed: number }, PlannedAction>): string {
  const lines = plan.operations.map(
    ({ number, action: { do: name, ...rest } }) => `${number} ${name} ${JSON.stringify(rest)}`,
  );
  return [`${kind} ${JSON.stringify(plan.settings)}`, ...lines].join('\n');
}

/**
 * Reads what `formatPlan` wrote; lines that begin otherwise are passed over. Undefined when it is no plan of this kind.
 * Throws a SyntaxError for broken JSON.
 */
export function parsePlan<S extends { readonly seed: number }, A extends PlannedAction>(
  kind: string,
  text: string,
): SeededPlan<S, A> | undefined {
  const operations: PlannedOperation<A>[] = [];
  let settings: S | undefined;
  for (const line of text.split('\n')) {
    const [, first, name, json] = /^\s*(?:([a-z]+)|\d+ ([a-z]+)) (\{.*\})\s*$/.exec(line) ?? [];
    if (json === undefined || (first !== undefined && first !== kind)) continue;
    const fields = JSON.parse(json) as object;
    if (first !== undefined) settings = fields as S;
    else operations.push({ number: Number.parseInt(line, 10), action: { do: name, ...fields } as A & PlannedAction });
  }
  return settings === undefined ? undefined : { settings, operations };
}
