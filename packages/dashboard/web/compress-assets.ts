import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const COMPRESSED = /\.(?:js|css|svg)$/;

/** Writes `.gz` and `.br` beside each asset, which the server sends as they are. */
export function compressAssets(): Plugin {
  return {
    name: 'compress-assets',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const [fileName, item] of Object.entries(bundle)) {
          if (!COMPRESSED.test(fileName)) continue;
          const source = Buffer.from(item.type === 'chunk' ? item.code : item.source);
          const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
          this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzipSync(source, { level: 9 }) });
          this.emitFile({ type: 'asset', fileName: `${fileName}.br`, source: brotliCompressSync(source, quality) });
        }
      },
    },
  };
}
