import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's package `chromium`, and where other systems have it; `CHROMIUM` names another one. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Rejects where there is no browser: a run without one shows nothing. */
export async function startChromium(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));
  if (executablePath === undefined)
    throw new Error('no Chromium: apt-get install chromium, or set CHROMIUM to the path of one');
  return chromium.launch({
    executablePath,
    headless: true,
    // Root in a container, where the system allows no sandbox and gives little shared memory.
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--force-prefers-reduced-motion',
      '--host-resolver-rules=MAP rebound.example.net 127.0.0.1',
    ],
  });
}
