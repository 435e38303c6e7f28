import type { Readable } from 'node:stream';

/** A file in place of a JSON answer. */
export class Download {
  readonly content: string | Uint8Array | Readable;
  readonly contentType: string;
  readonly disposition: string;

  /** `fileName` may have any characters; browsers that know only the old form get it with those replaced that it does not allow. */
  constructor(fileName: string, contentType: string, content: string | Uint8Array | Readable) {
    this.content = content;
    this.contentType = contentType;
    const plain = fileName.replace(/[^\w.%-]/g, '_').replace(/%/g, '_');
    this.disposition = `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(fileName).replace(/['()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`)}`;
  }
}
