/** What a run found to be wrong: `kind` is the sort of it, which a shrunk history has to keep. */
export class SimulationFailure extends Error {
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.name = 'SimulationFailure';
    this.kind = kind;
  }
}

/** Errors of the store itself are of one kind when they differ in numbers only. */
export function kindOf(error: unknown): string {
  if (error instanceof SimulationFailure) return error.kind;
  return error instanceof Error ? `${error.name}: ${error.message.replace(/\d+/g, '#')}` : String(error);
}
