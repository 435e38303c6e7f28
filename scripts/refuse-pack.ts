/** `npm pack` and `npm publish` of a room: it needs its neighbours, so it is no package of its own. */
console.error(`${process.env.npm_package_name} is part of the checkout and no package of its own.`);
console.error(
  'The client, the sender and the admin can be packed: npm pack -w @rocketmq-ts/client, or npm run build and packages/client/dist.',
);
console.error('The test kit: npm run build, then npm pack packages/testing/dist.');
process.exitCode = 1;
