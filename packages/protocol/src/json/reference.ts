import type { JsonValue } from './value.ts';

/**
 * Replaces `{"$ref":"$.path"}` by the value at the path: fastjson 1 writes an object that occurs a second time
 * so. `$` is the root, `..` the object around, `.name` and `[index]` go down. A reference that leads nowhere becomes null.
 * Source: com.alibaba.fastjson (peers up to 5.3).
 */
export function resolveReferences(root: JsonValue): JsonValue {
  return visit(root, [], root);
}

function visit(value: JsonValue, around: readonly JsonValue[], root: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object') return value;
  const path = referenceOf(value);
  if (path !== undefined) return follow(path, around, root);
  const inside = [...around, value];
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = visit(value[i]!, inside, root);
  } else if (value instanceof Map) {
    const entries = [...value];
    value.clear();
    for (const [key, item] of entries) value.set(visit(key, inside, root), visit(item, inside, root));
  } else {
    for (const name of Object.keys(value)) value[name] = visit(value[name]!, inside, root);
  }
  return value;
}

function referenceOf(value: JsonValue): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Map) return undefined;
  const names = Object.keys(value);
  return names.length === 1 && names[0] === '$ref' && typeof value.$ref === 'string' ? value.$ref : undefined;
}

function follow(path: string, around: readonly JsonValue[], root: JsonValue): JsonValue {
  if (path === '..') return around.at(-2) ?? null;
  if (path === '@') return around.at(-1) ?? null;
  if (!path.startsWith('$')) return null;
  let target: JsonValue = root;
  for (const [, name, index, quoted] of path.matchAll(/\.([^.[]+)|\[(\d+)\]|\[['"]([^'"]*)['"]\]/g)) {
    target = child(target, name ?? index ?? quoted ?? '');
  }
  return target;
}

function child(value: JsonValue, step: string): JsonValue {
  if (value === null || typeof value !== 'object') return null;
  if (Array.isArray(value)) return value[Number(step)] ?? null;
  if (value instanceof Map || !Object.hasOwn(value, step)) return null;
  return value[step] ?? null;
}
