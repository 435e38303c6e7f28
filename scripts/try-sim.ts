import { runBrokerSimulation } from '@rocketmq-ts/testkit/broker-simulation';
const from = Number(process.argv[2]), n = Number(process.argv[3]);
const began = Date.now(); let puts=0, lives=0;
for (let seed = from; seed < from+n; seed++) {
  const t=Date.now();
  try { const r = await runBrokerSimulation(seed); puts+=r.puts; lives+=r.lives; } catch (e) { console.log((e as Error).message.slice(0,6000)); console.log((e as any).cause?.stack); console.log('FAILED', seed, Date.now()-t); process.exit(1); }
}
console.log(n, 'ok', Date.now()-began, 'ms', puts, lives);
