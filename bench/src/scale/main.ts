import { fullSizes, quickSizes, runScale } from './scale.ts';

const tables = await runScale(process.argv.includes('--quick') ? quickSizes : fullSizes, (line) => console.log(line));
console.log(JSON.stringify(tables, null, 1));
