import { type Node, SyntaxKind } from 'typescript/unstable/ast';

/** What is read of declarations and their members; which of the fields a node has depends on its kind. */
export interface Named extends Node {
  readonly name?: Node;
  readonly body?: Node;
  readonly type?: Node;
  readonly initializer?: Node;
  readonly modifiers?: readonly Node[];
  readonly members?: readonly Named[];
  readonly heritageClauses?: readonly { readonly types: readonly { readonly expression: Node }[] }[];
}

/** Words that say nothing to a caller. */
const SILENT = /^(?:(?:export|default|declare|async|override|public|readonly|abstract) )+/;

/**
 * A declaration or member as it is written, without its body, its members and what follows `=` in a field: one line, but for
 * type aliases, which stay as they are.
 */
export function signatureOf(node: Named): string {
  const text = node.getSourceFile().text.slice(node.getStart(), endOf(node));
  if (node.kind === SyntaxKind.TypeAliasDeclaration) return text.replace(SILENT, '').replace(/;$/, '').trimEnd();
  const line = withoutComments(text)
    .replace(/\s+/g, ' ')
    .replace(SILENT, '')
    .replace(/ \{\}$/, '')
    .replace(/[;,]? *$/, '')
    .replace(/([([]) /g, '$1')
    .replace(/,? ([)\]])/g, '$1')
    .replace(/\breadonly (?=\w+\??:)/g, '')
    .replace(/(\w\?: [^;{}()]+?) \| undefined$/, '$1');
  return node.kind === SyntaxKind.VariableDeclaration ? `const ${line}` : line;
}

function endOf(node: Named): number {
  switch (node.kind) {
    case SyntaxKind.ClassDeclaration:
    case SyntaxKind.InterfaceDeclaration:
      return node.getSourceFile().text.indexOf('{\n', node.getStart()) >= 0 ? braceOf(node) : node.end;
    case SyntaxKind.PropertyDeclaration:
    case SyntaxKind.VariableDeclaration:
      return node.initializer === undefined
        ? node.end
        : node.getSourceFile().text.lastIndexOf('=', node.initializer.pos);
    default:
      return node.body?.pos ?? node.end;
  }
}

/** Where the members begin: behind the last base, or the name and its parameters. */
function braceOf(node: Named): number {
  const { text } = node.getSourceFile();
  const first = node.members?.[0];
  return text.lastIndexOf('{', first === undefined ? node.end : first.pos);
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

/** The doc comment before a node, its lines joined where they are one paragraph; empty without one. */
export function docText(node: Node): string {
  const { text } = node.getSourceFile();
  const leading = text.slice(node.pos, node.getStart());
  // A line for the linter may follow it.
  const comment = /\/\*\*([\s\S]*?)\*\/\s*(?:\/\/.*\s*)*$/.exec(leading)?.[1];
  if (comment === undefined) return '';
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  return lines.join('\n').trim();
}
