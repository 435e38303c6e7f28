import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { dialogOf, focusIsOn } from '../support/dialogs.ts';
import { type SeededConsole, seededConsole } from '../support/seeded-console.ts';
import { openTab, settled } from '../support/visit.ts';

const LIMIT_MS = 120_000;
const MAX_STOPS = 80;
const TOPIC = 'by-keyboard';
const BODY = 'typed without a mouse';

let made: SeededConsole;
before(async () => {
  made = await seededConsole((servers) => servers.ours());
});
after(() => made?.stop());

test('a topic is made, a message sent and looked at with the tab key, the arrows and Enter', {
  timeout: LIMIT_MS,
}, async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page, watch } = tab;
  const { keyboard } = page;
  await tab.open(made.start);
  await tabTo(page, 'Topics');
  await keyboard.press('Enter');
  await page.waitForURL(/\/topics$/);
  await settled(page);
  await tabTo(page, 'Create topic');
  await keyboard.press('Enter');
  const dialog = await dialogOf(page);
  await focusIsOn(dialog.getByLabel('Name'));
  await keyboard.type(TOPIC);
  await tabTo(page, 'Message type');
  // Opens the list, and goes from NORMAL to the next.
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  const kind = await dialog.getByRole('combobox', { name: 'Message type' }).inputValue();
  assert.notEqual(kind, 'Normal');
  await tabTo(page, 'Create');
  await keyboard.press('Enter');
  await dialog.getByText('Done on 1 of 1').waitFor();
  await focusIsOn(dialog.getByRole('button', { name: 'Close' }).last());
  await keyboard.press('Enter');
  await page.waitForURL(/\/config$/);
  await settled(page);

  await tabTo(page, 'Send a message');
  await keyboard.press('Enter');
  await page.waitForURL(/\/send$/);
  await tabTo(page, 'Body');
  await keyboard.type(BODY);
  await tabTo(page, 'Send');
  await keyboard.press('Enter');
  await page.getByRole('link', { name: 'Look at the message' }).waitFor();
  await tabTo(page, 'Look at the message');
  await keyboard.press('Enter');
  await page.waitForURL(/\/messages\/by-keyboard\//);
  await settled(page);
  await page.locator('pre', { hasText: BODY }).waitFor();
  assert.deepEqual(watch.take(), []);
});

test('a dialog keeps the focus inside, and gives it back when it is left', { timeout: LIMIT_MS }, async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page } = tab;
  const root = made.start.replace(/\/overview$/, '');
  for (const [path, button] of [
    ['topics', 'Create topic'],
    ['groups', 'Create group'],
    ['topics/orders/config', 'Change settings'],
    ['topics/payments/delete', 'Delete the topic'],
    [`messages/orders/${made.msgId}`, 'Consume directly'],
    [`messages/orders/${made.msgId}`, 'Send again'],
    ['operations', 'Add a cluster'],
  ] as const) {
    await tab.open(`${root}/${path}`);
    const opener = page.getByRole('button', { name: button }).first();
    await opener.focus();
    await page.keyboard.press('Enter');
    const dialog = await dialogOf(page);
    for (const key of [...Array<string>(12).fill('Tab'), ...Array<string>(3).fill('Shift+Tab')]) {
      await page.keyboard.press(key);
      assert.ok(await dialog.evaluate((part) => part.contains(document.activeElement)), `${path}: ${key}`);
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await focusIsOn(opener);
  }
});

/** Presses the tab key until the part of this name has the focus; each stop on the way must be seen to have it. */
async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = [];
  for (let stop = 0; stop < MAX_STOPS; stop++) {
    await page.keyboard.press('Tab');
    const here = await page.evaluate(() => {
      const part = document.activeElement as HTMLElement;
      const look = (): string => {
        for (const change of document.getAnimations()) if (change instanceof CSSTransition) change.finish();
        // The box of a check box or of a choice is not the element that has the focus, but one beside it.
        return [part, part.parentElement, part.nextElementSibling, part.previousElementSibling]
          .map((each) => {
            if (each == null) return '';
            const { outline, boxShadow, borderColor, backgroundColor, top } = getComputedStyle(each);
            return [outline, boxShadow, borderColor, backgroundColor, top].join(' ');
          })
          .join('\n');
      };
      const label = (part as HTMLInputElement).labels?.[0]?.textContent ?? part.textContent ?? '';
      const focused = look();
      part.blur();
      const blurred = look();
      part.focus({ preventScroll: true });
      return { name: (part.getAttribute('aria-label') ?? label).trim(), isSeen: focused !== blurred };
    });
    passed.push(here.name);
    assert.ok(here.isSeen, `nothing shows that ${here.name} has the focus`);
    if (here.name.replace(/\s*\*$/, '') === name) return;
  }
  throw new Error(`${name} is not among ${passed.join(', ')}`);
}
