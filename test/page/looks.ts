// What is wrong with how a page looks, for anybody: findings of axe, what does not fit, and what only its colour would tell apart.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
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

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What differs from paper by such a part of what differs most is ink; less is the edge of ink. */
const INK = 0.4;

/** Each paint in the key of the picture without its colour and without its outline: which points are ink. */
export async function swatches(page: Page): Promise<boolean[][]> {
  const boxes = await seen<Box[]>(page, "[...document.querySelectorAll('.key svg')].map((each) => each.getBoundingClientRect().toJSON())");
  const { width, data } = PNG.sync.read(await page.screenshot({ fullPage: true }));
  const light = (x: number, y: number): number => {
    const [red = 0, green = 0, blue = 0] = data.subarray(4 * (y * width + x));
    return 0.299 * red + 0.587 * green + 0.114 * blue;
  };
  const drawn = boxes.map((box) => {
    const [left, top] = [Math.ceil(box.x) + 2, Math.ceil(box.y) + 2];
    const [across, down] = [Math.floor(box.width) - 5, Math.floor(box.height) - 5];
    const paper = light(left - 4, top);
    return Array.from({ length: across * down }, (_, i) => Math.abs(light(left + (i % across), top + Math.floor(i / across)) - paper));
  });
  const most = Math.max(...drawn.flat());
  return drawn.map((points) => points.map((point) => point > INK * most));
}

/** Which part of their points differ. */
export const apart = (one: readonly boolean[], other: readonly boolean[]): number =>
  one.filter((ink, i) => ink !== other[i]).length / one.length;
