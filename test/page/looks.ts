// What is wrong with how a page looks, for anybody: findings of axe, and what does not fit.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { seen } from '../tools/chromium.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds, in words. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await seen<{ violations: readonly Finding[] }>(page, 'axe.run()');
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' ')}`);
}

/** By how much it is too wide. */
export const overflow = (page: Page): Promise<number> =>
  seen(page, 'document.documentElement.scrollWidth - document.documentElement.clientWidth');
