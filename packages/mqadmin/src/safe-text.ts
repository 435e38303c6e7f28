// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const TERMINAL_CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text that stays within a line: control characters, line ends and changes of direction as `\n`, `\u001b`. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, escaped);
}

/**
 * Text of several lines that does nothing to a terminal: control characters besides line feed, carriage return and tabulator as `\u001b`.
 * Names and bodies come from the wire.
 */
export function forTerminal(text: string): string {
  return text.replace(TERMINAL_CONTROLS, escaped);
}

function escaped(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
