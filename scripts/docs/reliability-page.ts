import { promiseNames, promises } from '../../chaos/src/check/promises.ts';
import { faultKinds, openchaosElsewhere } from '../../chaos/src/faults/table.ts';
import { type RecordedRun, recordedRuns } from '../../chaos/src/report/results.ts';
import { usage } from '../../chaos/src/run/options.ts';
import { sets } from '../../chaos/src/run/sets.ts';
import { code, table } from './markdown.ts';

/** docs/reliability.md: what `npm run chaos -- --record` found, and what it does. */
export function reliabilityPage(): string {
  const runs = recordedRuns();
  return [
    INTRODUCTION,
    '## Promises\n',
    table(
      ['promise', 'what is checked'],
      promiseNames.map((name) => [code(name), promises[name]]),
    ),
    '\n## Faults\n',
    table(
      ['fault', 'what it does', 'in openchaos'],
      faultKinds.map(({ name, what, openchaos = [] }) => [code(name), what, openchaos.map(code).join(', ')]),
    ),
    `\n${OPENCHAOS}`,
    table(
      ['openchaos', 'here'],
      Object.entries(openchaosElsewhere).map(([name, here]) => [code(name), here]),
    ),
    '\n## Servers\n',
    table(
      ['`--set`', 'what it is'],
      sets.map(({ name, what }) => [code(name), what]),
    ),
    '\n## Results\n',
    ...resultsOf('Our brokers', runs, 'ours'),
    ...resultsOf('Brokers of both makes in one set', runs, 'mixed'),
    ...resultsOf("Apache's brokers 5.4.0, our name servers and clients", runs, 'apache'),
    FOUND,
    `${RUNNING}\n\`\`\`\n${usage}\n\`\`\`\n\n${NOT_COVERED}`,
  ].join('\n');
}

/** By fault: in how many runs it was, how often, and how many of these runs broke each promise. */
function resultsOf(title: string, all: readonly RecordedRun[], make: RecordedRun['brokers']): string[] {
  const runs = all.filter(({ brokers }) => brokers === make);
  if (runs.length === 0) return [];
  const rowOf = (name: string, some: readonly RecordedRun[], times: string): string[] => [
    name,
    String(some.length),
    times,
    ...promiseNames.map((promise) => {
      const checked = some.filter((run) => run.checked[promise] !== undefined || run.violations[promise] !== undefined);
      if (checked.length === 0) return '–';
      const broken = checked.filter((run) => run.violations[promise] !== undefined).length;
      return broken === 0 ? '0' : `**${broken}**`;
    }),
  ];
  const rows = faultKinds.flatMap(({ name }) => {
    const some = runs.filter(({ faults }) => faults[name] !== undefined);
    if (some.length === 0) return [];
    return [rowOf(code(name), some, String(some.reduce((sum, { faults }) => sum + (faults[name] ?? 0), 0)))];
  });
  const quiet = runs.filter(({ faults }) => Object.keys(faults).length === 0);
  if (quiet.length > 0) rows.unshift(rowOf('none', quiet, ''));
  const minutes = runs.reduce((sum, run) => sum + run.minutes, 0);
  const kept = runs.reduce((sum, run) => sum + (run.checked.kept ?? 0), 0);
  const names = sets.map(({ name }) => name).filter((name) => runs.some(({ set }) => set === name));
  const summary =
    `${runs.length} ${runs.length === 1 ? 'run' : 'runs'} of ${names.join(', ')}, faults for ${minutes.toFixed(0)} min together, ` +
    `${kept.toLocaleString('en-US')} acknowledged messages looked for.`;
  return [`### ${title}\n`, `${summary}\n`, table(['fault', 'runs', 'times', ...promiseNames], rows), ''];
}

const INTRODUCTION = `# Reliability: faults, promises, and what was found

\`npm run chaos\` starts real name servers, brokers and clients, each in a network namespace of its own, harms them by a plan of faults that
follows from a seed, and holds what clients saw against the promises below. Made by \`npm run docs\` from the tables of \`chaos/\` and from the
runs that \`chaos/results.jsonl\` keeps (\`--record\`).

The checker knows nothing of the servers: it has the sends with their answers, the deliveries, the groups' offsets as brokers answered them
during the whole run, and at the end a reading of every queue of every node, over the wire and by a decoder of its own. Times are those of the
machine's monotonic clock, so that "before" and "after" hold across processes. Each kind of violation is planted into a history in
\`chaos/test\`, and found.

While a run lasts, producers send to every queue in order, messages that may go to any broker, delayed ones (by level and by timer), and
transactions, of which a quarter each commit, roll back, and leave either to the broker's check; one group consumes concurrently, one in order, two
members each; some of the deliveries fail and must come again.
`;

const OPENCHAOS = `Faults of openchaos (the project that tests Apache RocketMQ) with a row above are covered by it; \`fixed-\` ones by \`--nodes\`. The others:

`;

const FOUND = `A column has the number of runs that broke a promise; all faults of such a run have it in their row, since they overlap. \`–\`: nothing to check,
as with slaves where there are none. ASYNC_FLUSH and SYNC_FLUSH take turns.

### What runs found

Runs that broke a promise are named here; they leave the tables when their cause is found and mended.

- \`controller\`, seed 2001: 11 delayed messages were never delivered (\`kept\`, \`delivered\`). A broker that was elected at its start became master
  and was let into the set within one turn of the event loop, and overlooked the second change: it did not begin the duties of a master. Mended.
- \`controller\`, seed 3002 with \`lost-disk\`: "took sends not any more" (\`available\`). The run stopped its producers at once when the faults were
  over, because it took the name of a lost master for one that takes no sends any more, so no send began after that. Mended in the run; after it
  the set took sends half a second after the faults of such runs.
- \`2m-2s-acting\`, seed 100: messages of an orderly group were skipped (\`delivered\`, \`orderly\`, \`progress\`). A slave, asked while its master
  was out of reach, had shown more than the master showed, which waited for the slave's answer; the next pull at the master was answered with an
  earlier end, and the consumer began anew there, beyond what it had not handled yet. Mended in both: such a pull waits, and a consumer begins
  anew at what it has not handled.
- \`2m-2s-async\`, seed 101: a message with a delay was not delivered (\`kept\`, \`delivered\`). The clock of its broker was a day ahead when it was
  stored and was put right before it came into the timer wheel, where it got a place by the new distance: its delay was a day longer. Mended.
- \`controller\`, seed 201 with \`lost-disk\`: no master was elected any more (\`available\`, \`kept\`, \`visible\`). One broker was down, the next one out of
  reach, so the third was elected and was alone in the in-sync set when its disk was lost five seconds later: more than is promised. The fault
  now waits for a second broker in the set.
- \`2m-2s-sync\`, seed 31 with \`lost-disk\`: delayed messages of the lost master waited on its slave, as with Apache's brokers. The fault now has what
  an operator does then: the slave is restarted as the master, and they come.
`;

const RUNNING = `## How to run it

Root on Linux, with \`ip\`, \`nft\`, \`mkfs.ext4\` and libfaketime (Debian: iproute2, nftables, e2fsprogs, faketime). Nothing of it touches the machine's own
network: all namespaces hang on a bridge in a namespace, which leads nowhere. What a killed run leaves (namespaces, processes, mounts) the next
run removes. A failed run names the folder with its history (one JSON object a line) and the logs, and the options that repeat its plan; the
timing of the machine is not repeated. CI has a short run; for hours: \`npm run chaos -- --set 2m-2s-sync --minutes 120\`.
`;

const NOT_COVERED = `## What is not covered

- Loss of power: a SIGKILL leaves what was written in the page cache. The simulated disks of \`npm run simulate\` forget what was not synced.
- Delay and reordering of packets by netem, where the kernel lacks it: a rate limit with a queue (TBF) delays, and a slower class of HTB lets packets be
  overtaken instead; the output says which it was. Packets are not changed.
- Wrong bytes from the disk.
- A lost disk under ASYNC_MASTER: what that machine alone had may be lost with it, and groups may have passed the places of messages that come
  after it. \`kept\`, \`offsets\`, \`visible\` and \`delivered\` are not asked of that broker name then; all else is.
- The loss of the only broker in the in-sync set of a group, as a new master is for some seconds after each election: nothing takes its place by
  itself, as with Apache's controller. \`lost-disk\` waits for a SEND_OK, which two brokers in the set answer for.
- Pop and broadcasting consumers, access to the store by tools meanwhile: see the simulations and \`npm run compat\`.
- Messages that are delayed, or committed after a check, may be delivered again after a fault, so their copies are not counted.
`;
