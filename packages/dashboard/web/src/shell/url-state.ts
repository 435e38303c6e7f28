import { useCallback, useMemo } from 'react';
import { navigate, useSearch } from 'wouter/use-browser-location';

/** Values of a page that are part of its address, so that it can be sent to others and the back button works. */
export type UrlState = Readonly<Record<string, string>>;

/**
 * State in the address, after `?`. A value that is its default is not shown there. `change` replaces the entry of the
 * browser's history when `quiet` is set, as it should while something is typed.
 */
export function useUrlState<T extends UrlState>(
  defaults: T,
): readonly [
  { readonly [Key in keyof T]: string },
  (part: Partial<Record<keyof T, string | undefined>>, quiet?: boolean) => void,
] {
  // Not by the router's own hook: that decodes the whole text before its parts, so that `%25` in a name would be lost.
  const raw = useSearch();
  const search = useMemo(() => new URLSearchParams(raw), [raw]);
  // Defaults are a literal of the page: their content counts, not their identity.
  const key = JSON.stringify(defaults);
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const state = useMemo(() => {
    const entries = Object.entries(defaults).map(([name, fallback]) => [name, search.get(name) ?? fallback]);
    return Object.fromEntries(entries) as { readonly [Key in keyof T]: string };
  }, [key, search]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const change = useCallback(
    (part: Partial<Record<keyof T, string | undefined>>, quiet = false) => {
      // From the address as it is now: another change may have come since the last rendering.
      const next = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(part)) {
        if (value === undefined || value === defaults[name]) next.delete(name);
        else next.set(name, value);
      }
      const query = next.toString();
      navigate(window.location.pathname + (query === '' ? '' : `?${query}`), { replace: quiet });
    },
    [key],
  );
  return [state, change];
}
