import { relative } from 'node:path';
import { addOnDist, addOns, buildAddOnPackages } from './add-on-packages.ts';
import { compilePublished, root } from './compile.ts';
import { distOf, PUBLISHED } from './packages.ts';
import { buildPackage } from './room-package.ts';
import { publishFromSource, restoreSource } from './source-manifest.ts';
import { buildTestingPackage, testingDist } from './testing-package.ts';

/**
 * Without an argument: `npm run build`, all packages. `prepack` and `postpack` are called by npm when packages/<room> itself
 * is packed: in between its manifest is the published one.
 */
const [step] = process.argv.slice(2);
const asked = step === undefined ? undefined : process.env.npm_package_name;
const chosen = PUBLISHED.filter(({ room }) => asked === undefined || asked === `@rocketmq-ts/${room}`);

for (const published of PUBLISHED) restoreSource(published);
if (step !== 'postpack') {
  compilePublished();
  for (const published of chosen) {
    await buildPackage(published);
    if (step === 'prepack') publishFromSource(published);
  }
  if (step === undefined) {
    await buildAddOnPackages();
    await buildTestingPackage();
    const folders = [...chosen.map(({ room }) => distOf(room)), ...addOns.map(addOnDist), testingDist];
    const shown = folders.map((folder) => relative(root, folder)).join(', ');
    // By links, which npm makes of folders otherwise, a package would find the sources of this checkout in place of the client.
    console.log(`Built ${shown}.\nIn your project, those that you need: npm i --install-links ${folders.join(' ')}`);
  }
}
