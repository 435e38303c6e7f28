import { ALL_ROUTES, API_ROOT, type WriteName, writeName } from '../api/index.ts';
import { oldEquivalent } from './old-equivalent.ts';

const WRITES = Object.values(ALL_ROUTES).filter(({ access }) => access === 'write');

/** The changes that someone may make who may call these end-points of Apache's dashboard. */
export function allowedWrites(allows: (path: string) => boolean): WriteName[] {
  return WRITES.filter(({ path }) => allows(oldEquivalent(API_ROOT + path, 'write'))).map(writeName);
}
