import { HistoryWriter } from '../history/history-file.ts';
import { consume } from './consumer.ts';
import type { Job } from './job.ts';
import { makeTopic, readAll, watch } from './probes.ts';
import { produce } from './producer.ts';
import { answerChecks } from './transactions.ts';

/** A client process of a chaos run: what it is to do is its one argument, as JSON. It ends when its standard input does. */
const job = JSON.parse(process.argv[2] ?? '') as Job;
const history = new HistoryWriter(job.history);
let stopped = false;
const isStopped = (): boolean => stopped;
process.stdin.on('end', () => {
  stopped = true;
});
process.stdin.resume();

if (job.role === 'producer') await produce(job, history, isStopped);
else if (job.role === 'consumer') await consume(job, history, isStopped);
else if (job.role === 'checks') await answerChecks(job, isStopped);
else if (job.role === 'watch') await watch(job, history, isStopped);
else if (job.role === 'topic') await makeTopic(job);
else await readAll(job, history);
history.close();
process.exit(0);
