import { join } from 'node:path';
import { type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast';
import {
  API,
  type Checker,
  NodeBuilderFlags,
  type Project,
  SymbolFlags,
  type Symbol as TypeScriptSymbol,
} from 'typescript/unstable/sync';
import { docText, type Named, signatureOf } from './signature.ts';

/** One exported name of a package. */
export interface ApiEntry {
  readonly name: string;
  readonly kind: 'class' | 'function' | 'interface' | 'type' | 'constant';
  /** The declaration without its body and members. */
  readonly declaration: string;
  readonly doc: string;
  /** Names of exported types that it extends. */
  readonly bases: readonly string[];
  readonly members: readonly ApiMember[];
}

export interface ApiMember {
  /** As in the source, on one line, without the body. */
  readonly signature: string;
  readonly doc: string;
}

const KINDS: ReadonlyMap<SyntaxKind, ApiEntry['kind']> = new Map([
  [SyntaxKind.ClassDeclaration, 'class'],
  [SyntaxKind.FunctionDeclaration, 'function'],
  [SyntaxKind.InterfaceDeclaration, 'interface'],
  [SyntaxKind.TypeAliasDeclaration, 'type'],
  [SyntaxKind.VariableDeclaration, 'constant'],
]);

/** What the doors of packages export, by package, in the order of the alphabet. */
export function readDoors(root: string, packages: readonly string[]): ReadonlyMap<string, readonly ApiEntry[]> {
  const api = new API({ cwd: root });
  try {
    const doors = new Map<string, readonly ApiEntry[]>();
    for (const name of packages) {
      const config = join(root, 'packages', name, 'tsconfig.json');
      const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
      if (project === undefined) throw new Error(`${config} can't be opened`);
      doors.set(name, new DoorReader(project).read(join(root, 'packages', name, 'src', 'index.ts')));
    }
    return doors;
  } finally {
    api.close();
  }
}

class DoorReader {
  readonly #project: Project;
  readonly #checker: Checker;
  readonly #exported = new Set<string>();

  constructor(project: Project) {
    this.#project = project;
    this.#checker = project.checker;
  }

  read(door: string): readonly ApiEntry[] {
    const file = this.#project.program.getSourceFile(door);
    const symbol = file && this.#checker.getSymbolAtLocation(file as unknown as Node);
    if (symbol === undefined) throw new Error(`${door} is no module`);
    const exported = this.#checker.getExportsOfModule(symbol);
    for (const { name } of exported) this.#exported.add(name);
    return exported.map((each) => this.#entry(each)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  #entry(exported: TypeScriptSymbol): ApiEntry {
    const symbol = this.#target(exported);
    // A type and a value of one name have two declarations; the first says what the name is.
    const node = symbol.declarations[0]?.resolve(this.#project) as Named | undefined;
    const kind = node && KINDS.get(node.kind);
    if (node === undefined || kind === undefined) throw new Error(`${exported.name} is nothing that a page can show`);
    return {
      name: exported.name,
      kind,
      declaration: this.#declaration(node, symbol),
      doc: docText(node.kind === SyntaxKind.VariableDeclaration ? node.parent.parent : node),
      bases: this.#bases(node).filter((name) => this.#exported.has(name)),
      members: this.#members(node),
    };
  }

  #declaration(node: Named, symbol: TypeScriptSymbol): string {
    const written = signatureOf(node);
    // Made from a table: the page has what comes out of it.
    if (node.kind === SyntaxKind.TypeAliasDeclaration && written.includes('typeof ')) {
      const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
      const flags = NodeBuilderFlags.InTypeAlias | NodeBuilderFlags.NoTruncation;
      return `type ${symbol.name} = ${this.#checker.typeToString(type, undefined, flags)}`;
    }
    if (node.kind !== SyntaxKind.VariableDeclaration || node.type !== undefined) return written;
    const type = this.#checker.getTypeOfSymbol(symbol);
    const text = type === undefined ? '' : this.#checker.typeToString(type);
    return `const ${symbol.name}${text === '' || text.length > 160 ? '' : `: ${text}`}`;
  }

  /** Members of the declaration, and of bases that nobody can import. */
  #members(node: Named): readonly ApiMember[] {
    const own = (node.members ?? []).filter(isPublic).map((member) => ({
      signature: signatureOf(member),
      doc: docText(member),
    }));
    return [...own, ...this.#hiddenBases(node).flatMap((base) => this.#members(base))];
  }

  #bases(node: Named): readonly string[] {
    return (node.heritageClauses ?? []).flatMap(({ types }) => types.map((type) => type.expression.getText()));
  }

  #hiddenBases(node: Named): readonly Named[] {
    const types = (node.heritageClauses ?? []).flatMap((clause) => clause.types);
    return types.flatMap(({ expression }) => {
      const found = this.#checker.getSymbolAtLocation(expression);
      if (found === undefined || this.#exported.has(found.name)) return [];
      const base = this.#target(found).declarations[0]?.resolve(this.#project) as Named | undefined;
      return base !== undefined && isOurs(base) ? [base] : [];
    });
  }

  /** Where an `export { … } from` or an import leads. */
  #target(symbol: TypeScriptSymbol): TypeScriptSymbol {
    return (symbol.flags & SymbolFlags.Alias) === 0 ? symbol : this.#checker.getAliasedSymbol(symbol);
  }
}

function isOurs(node: Node): boolean {
  return (node.getSourceFile() as SourceFile).fileName.includes('/packages/');
}

/** Not `#private`, not a static block, not marked as internal. */
function isPublic(member: Named): boolean {
  if (member.kind === SyntaxKind.ClassStaticBlockDeclaration || member.name?.kind === SyntaxKind.PrivateIdentifier)
    return false;
  const hidden: readonly SyntaxKind[] = [SyntaxKind.PrivateKeyword, SyntaxKind.ProtectedKeyword];
  return !(member.modifiers ?? []).some(({ kind }) => hidden.includes(kind));
}
