import { readFileSync } from 'node:fs';
import { parseBrokerPlan } from '../packages/testkit/src/broker-simulation/plan.ts';
import { SimulatedDisk } from '../packages/testkit/src/disk.ts';
import { BrokerRun } from '../packages/testkit/src/broker-simulation/broker-run.ts';
const names = process.argv.slice(3);
const orig = SimulatedDisk.prototype.readFile;
let run: any;
SimulatedDisk.prototype.readFile = function (path: string) { const b = orig.call(this, path); if (names.some((n) => path.includes(n))) run.history.push(`READ ${path}: ${b?.toString().replace(/\s+/g,'').slice(0, 30000)}`); return b; };
const ren = SimulatedDisk.prototype.rename;
SimulatedDisk.prototype.rename = function (a: string, b: string) { if (names.some((n) => a.includes(n))) run.history.push(`RENAME ${a} ${b}`); return ren.call(this, a, b); };
run = new BrokerRun(parseBrokerPlan(readFileSync(process.argv[2]!, 'utf8'))!);
try { await run.all(); console.log('passes'); } catch (e) { console.log(run.history.join('\n')); console.log(e); }
