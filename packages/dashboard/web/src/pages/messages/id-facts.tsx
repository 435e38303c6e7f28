import type { DecodedId } from '../../../../src/api/index.ts';
import { Facts } from '../../parts/facts.tsx';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** Which kind an id is, and what its digits say; rows of `Facts`. */
export function useIdRows(id: DecodedId): readonly (readonly [string, string | undefined])[] {
  const t = useText(text);
  const format = useFormat();
  const { kind, asOffsetId, asUniqueKey } = id;
  const reading =
    kind === 'OFFSET' && asOffsetId !== undefined
      ? t.asOffset(asOffsetId.address, String(asOffsetId.physicalOffset))
      : asUniqueKey === undefined
        ? undefined
        : t.asUnique(
            asUniqueKey.address,
            String(asUniqueKey.processId),
            format.time(asUniqueKey.madeAboutMs),
            String(asUniqueKey.counter),
          );
  const kinds = { OFFSET: t.kindOffset, UNIQUE_KEY: t.kindUnique, OTHER: t.kindOther };
  return [
    [t.idKind, kinds[kind]],
    [t.readAs, reading],
  ];
}

/** The same as a list of its own. */
export function IdFacts({ id }: { readonly id: DecodedId }) {
  return <Facts rows={useIdRows(id)} />;
}
