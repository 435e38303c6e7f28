import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { axeFindings } from './watch.ts';

/** The dialog that is open, or opens now. */
export async function dialogOf(page: Page): Promise<Locator> {
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  return dialog;
}

/** Waits until this part has the focus. */
export async function focusIsOn(part: Locator): Promise<void> {
  await part.waitFor();
  const page = part.page();
  const wanted = await part.elementHandle();
  await page.waitForFunction((element) => document.activeElement === element, wanted, { timeout: 3000 });
}

/** What is dangerous waits until the name is typed. */
export async function typeName(dialog: Locator, name: string, action: string): Promise<void> {
  await dialog.waitFor();
  const button = dialog.getByRole('button', { name: action });
  const field = dialog.getByLabel(/^Type .* to confirm$/);
  await focusIsOn(field);
  await field.fill(name.slice(0, -1));
  assert.equal(await button.isDisabled(), true);
  await field.fill(name);
  assert.deepEqual(await axeFindings(dialog.page()), []);
  await field.press('Enter');
}

/** Waits for the sentence of a result, and closes the dialog by the button that has the focus. */
export async function closeResult(dialog: Locator, sentence: string | RegExp): Promise<void> {
  await dialog.getByText(sentence).waitFor();
  await focusIsOn(dialog.getByRole('button', { name: 'Close' }).last());
  await dialog.page().keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
}
