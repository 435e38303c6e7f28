/** Addresses that are never a page: the API, files, and the end-points of Apache's dashboard. */
const NOT_A_PAGE = /^\/(?:api|assets)\/|\.(?:query|do)(?:$|\?)/;

/** Whether an address, without the base path, may be one of the pages' own. */
export function isPageAddress(url: string): boolean {
  return !NOT_A_PAGE.test(url);
}
