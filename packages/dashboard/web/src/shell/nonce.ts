/** Of the page as it was answered: style elements without it are refused by the browser. Empty where the server gives none. */
const NONCE = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';

// By this name the part of the component library that keeps a page from scrolling below a dialog looks for it.
Object.assign(globalThis, { __webpack_nonce__: NONCE });

/** For the component library's style elements. */
export function styleNonce(): string {
  return NONCE;
}
