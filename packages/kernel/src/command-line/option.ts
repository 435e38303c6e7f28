/** One option of a command line. */
export interface Option {
  /** Without the dash; undefined for an option that has only a long name. */
  readonly short: string | undefined;
  readonly long: string;
  readonly description: string;
  /** False for a flag. */
  readonly takesValue: boolean;
  readonly required: boolean;
  /** What a shell may complete the value to; other values are not refused by it. */
  readonly values?: readonly string[];
}

/** Options of which at most one may be given; with `required`, exactly one. */
export interface OptionGroup {
  readonly required: boolean;
  readonly options: readonly Option[];
}

/** An entry of an option table. */
export type OptionDeclaration = Option | OptionGroup;

/** An option with a value. */
export function valueOption(short: string, long: string, description: string): Option {
  return { short, long, description, takesValue: true, required: false };
}

/** An option with a value that must be given. */
export function requiredOption(short: string, long: string, description: string): Option {
  return { ...valueOption(short, long, description), required: true };
}

/** An option without a value. */
export function flagOption(short: string, long: string, description: string): Option {
  return { short, long, description, takesValue: false, required: false };
}

/** An option with a value that has no short name. */
export function longOption(long: string, description: string): Option {
  return { short: undefined, long, description, takesValue: true, required: false };
}

/** The same option with values that a shell completes it to. */
export function among(option: Option, ...values: readonly string[]): Option {
  return { ...option, values };
}

/** Exactly one of these must be given. */
export function exactlyOne(...options: readonly Option[]): OptionGroup {
  return { required: true, options };
}

/** The name by which an option is known to the parser and sorted in help. */
export function optionKey(declared: Option): string {
  return declared.short ?? declared.long;
}

/**
 * The options of one command by name. A later declaration with the same key takes the short name over, while both long
 * names stay. Source: commons-cli Options#addOption.
 */
export class OptionTable {
  /** By short name, or by long name where there is no short one. In order of declaration. */
  readonly byKey = new Map<string, Option>();
  readonly byLong = new Map<string, Option>();
  /** What must be given, in order of declaration. */
  readonly requirements: (Option | OptionGroup)[] = [];
  readonly #groups = new Map<string, OptionGroup>();

  constructor(declarations: Iterable<OptionDeclaration>) {
    for (const declared of declarations) {
      if ('options' in declared) {
        if (declared.required) this.requirements.push(declared);
        for (const member of declared.options) {
          this.#add(member);
          this.#groups.set(optionKey(member), declared);
        }
      } else {
        this.#add(declared);
        if (declared.required) this.requirements.push(declared);
      }
    }
  }

  #add(declared: Option): void {
    this.byKey.set(optionKey(declared), declared);
    this.byLong.set(declared.long, declared);
  }

  groupOf(declared: Option): OptionGroup | undefined {
    return this.#groups.get(optionKey(declared));
  }

  /** Sorted as help shows them: by key, without regard to case. */
  sorted(): Option[] {
    return [...this.byKey.values()].sort((a, b) => {
      const left = optionKey(a).toLowerCase();
      const right = optionKey(b).toLowerCase();
      return left < right ? -1 : left > right ? 1 : 0;
    });
  }
}
