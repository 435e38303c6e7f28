import { useSettings } from './settings.tsx';

/** What the pages are written in. */
export type Language = 'en' | 'zh';

/** A text, or one with values in it. */
type Entry = string | ((...values: never[]) => string);
type Table = Readonly<Record<string, Entry>>;
/** The same keys, each with the same values. */
type SameShape<T extends Table> = {
  readonly [Key in keyof T]: T[Key] extends (...values: infer Values) => string
    ? (...values: Values) => string
    : string;
};

/** Texts of a page in all languages. */
export interface Texts<T extends Table> {
  readonly en: SameShape<T>;
  readonly zh: SameShape<T>;
}

/**
 * Declares the texts of a page. Chinese must have the keys of English, with the same values.
 *
 *     export const text = defineText({ en: { lag: (count: string) => `${count} behind` }, zh: { lag: (count) => `积压 ${count}` } });
 */
export function defineText<T extends Table>(texts: { readonly en: T; readonly zh: NoInfer<SameShape<T>> }): Texts<T> {
  return texts as unknown as Texts<T>;
}

/** The texts in the language that is chosen. */
export function useText<T extends Table>(texts: Texts<T>): SameShape<T> {
  return texts[useSettings().language];
}
