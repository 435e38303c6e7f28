#!/usr/bin/env node
const { runMqsender } = require('./index.js');

// The reader of the pipe may end first (`| head`): then the command ends without a message.
let open = true;
process.stdout.on('error', () => {
  open = false;
});
process.stderr.on('error', () => {});

runMqsender(process.argv.slice(2), {
  database: process.env.MQSENDER_DATABASE || undefined,
  stdout: (text) => new Promise((resolve) => process.stdout.write(text, (error) => resolve(open && !error))),
  stderr: (text) => process.stderr.write(text),
}).then((code) => {
  process.exitCode = code;
});
