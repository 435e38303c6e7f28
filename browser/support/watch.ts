import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What must not happen on a page: errors on the browser's console, errors of scripts, requests to another host, failed answers. */
export class Watch {
  readonly problems: string[] = [];
  /** Answers with these statuses are meant, by a part of their address. */
  readonly expected: { readonly path: string; readonly status: number }[] = [];

  constructor(page: Page, origin: string) {
    page.on('pageerror', (error) => this.problems.push(`script: ${error.message}`));
    page.on('console', (message) => {
      const text = message.text();
      // The browser writes a line for each failed answer, which is judged below.
      if (message.type() === 'error' && !text.startsWith('Failed to load resource'))
        this.problems.push(`console: ${text}`);
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith('http') && url.origin !== origin)
        this.problems.push(`another host: ${request.url()}`);
    });
    page.on('response', (response) => {
      if (response.status() < 400) return;
      const isMeant = this.expected.some(
        ({ path, status }) => response.url().includes(path) && response.status() === status,
      );
      if (!isMeant) this.problems.push(`${response.status()} ${response.request().method()} ${response.url()}`);
    });
  }

  /** Since the last call. */
  take(): string[] {
    return this.problems.splice(0);
  }
}

interface AxeNode {
  readonly target: readonly string[];
  readonly failureSummary?: string;
}

/** What axe finds on the page as it is now, one line each: rule, element and reason. */
export async function axeFindings(page: Page): Promise<string[]> {
  // By the developer tools, which the pages' content security policy does not concern.
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: AxeNode[] }[] }> };
    };
    const result = await axe.run({ resultTypes: ['violations'] });
    return result.violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.slice(0, 5).map(({ target, failureSummary }) => ({ target: [...target], failureSummary })),
    }));
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) =>
        `${id} at ${target.join(' ')}: ${(failureSummary ?? '').split('\n').slice(1).join('; ').trim()}`,
    ),
  );
}
