/** Languages of peers, by their number in binary headers. Source: remoting/LanguageCode. */
export const LanguageCode = {
  JAVA: 0,
  CPP: 1,
  DOTNET: 2,
  PYTHON: 3,
  DELPHI: 4,
  ERLANG: 5,
  RUBY: 6,
  OTHER: 7,
  HTTP: 8,
  GO: 9,
  PHP: 10,
  OMS: 11,
  RUST: 12,
  NODE_JS: 13,
} as const;

/** As JSON headers carry it. */
export type Language = keyof typeof LanguageCode;

const names = Object.keys(LanguageCode) as Language[];

/** The name of a language number; `OTHER` for a number that is not assigned. */
export function languageName(code: number): Language {
  return names[code] ?? 'OTHER';
}

/** The number of a language name; that of `OTHER` for an unknown word. */
export function languageCode(name: string): number {
  return Object.hasOwn(LanguageCode, name) ? LanguageCode[name as Language] : LanguageCode.OTHER;
}
