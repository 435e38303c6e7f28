// Loaded into a broker before it begins (`--import`): writes the longest turn of its event loop, in milliseconds, to a
// file whenever it was passed. For the scale benchmark only; the broker knows nothing of it.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const file = process.env.SCALE_LOOP_FILE;
if (file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let longest = 0;
  setInterval(() => {
    const worst = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
    delay.reset();
    if (worst <= longest) return;
    longest = worst;
    writeFileSync(file, longest.toFixed(1));
  }, 500).unref();
}
