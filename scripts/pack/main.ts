import { relative } from 'node:path';
import { buildClientPackage, clientDist } from './client-package.ts';
import { root } from './compile.ts';
import { publishFromSource, restoreSource } from './source-manifest.ts';

/**
 * Without an argument: `npm run build`. `prepack` and `postpack` are called by npm when packages/client itself is packed:
 * in between its manifest is the published one.
 */
const [step] = process.argv.slice(2);

restoreSource();
if (step !== 'postpack') {
  await buildClientPackage();
  if (step === 'prepack') publishFromSource();
  else console.log(`Built ${relative(root, clientDist)}: install it with npm i ${clientDist}`);
}
