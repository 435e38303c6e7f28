import { useLocation } from 'wouter';
import { BASE_PATH } from '../call.ts';

/**
 * What follows the page in the address, decoded part by part: `['T', 'status']` of `/c/main/topics/T/status`. Read from the
 * address itself, since a name may hold `%2F`: a router that decodes the whole path would take it for two names.
 */
export function usePathBelow(page: string): readonly string[] {
  // Only to be rendered again when the address changes.
  useLocation();
  const path = window.location.pathname.slice(BASE_PATH.length);
  const rest = new RegExp(`^/c/[^/]+/${page}/(.*)$`).exec(path)?.[1] ?? '';
  return rest
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a page of a cluster; names are encoded whole. */
export function pagePath(cluster: string, page: string, ...names: readonly string[]): string {
  return ['', 'c', encodeURIComponent(cluster), page, ...names.map(encodeURIComponent)].join('/');
}
