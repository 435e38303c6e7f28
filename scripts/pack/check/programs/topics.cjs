// Lists the topics at argv[2] with the admin package. Prints `listed`.
const { AdminError, createAdmin } = require('@rocketmq-ts/admin');
const { CodedError } = require('@rocketmq-ts/client');

async function main() {
  const [, , namesrvAddr, topic] = process.argv;
  const admin = createAdmin({ namesrvAddresses: [namesrvAddr] });
  await admin.start();
  const topics = await admin.fetchAllTopicList();
  if (!topics.includes('TBW102')) throw new Error(`only ${topics}`);
  const error = await admin.examineTopicRoute(topic).catch((thrown) => thrown);
  if (!(error instanceof AdminError && error instanceof CodedError)) throw new Error(`no AdminError: ${error}`);
  await admin.stop();
  console.log('listed');
}
void main();
