// Images of Debian packages, made once and then kept. A cache's key is all that a recipe says and all that it copies; what Debian publishes
// meanwhile is not in it.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../../deploy/local/cache.ts';
import type { Log } from '../../deploy/local/progress.ts';
import { needPackages } from '../tools/debian.ts';
import { archiveLayer, type ImageConfig } from './archive.ts';
import { extract, type Recipe } from './root.ts';

export interface Image {
  /** A file as `docker save` writes it. */
  readonly archive: string;
  readonly reference: string;
}

export interface Ingredients {
  readonly reference: string;
  readonly recipe: Recipe;
  readonly config: ImageConfig;
}

/** Every file in a folder, or the file itself, in an order that lasts. */
export function filesOf(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** Of a text and of the content of files. */
export function fingerprintOf(text: string, paths: readonly string[]): string {
  const hash = createHash('sha256').update(text);
  for (const file of paths.flatMap(filesOf)) hash.update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 12);
}

/** The key of an image in the cache. */
export function keyOf(name: string, { reference, recipe, config }: Ingredients): string {
  const { copies = {}, ...rest } = recipe;
  const makers = ['root.ts', 'archive.ts'].map((file) => join(import.meta.dirname, file));
  const said = JSON.stringify([reference, rest, config, Object.keys(copies)]);
  return `image-${name}-${fingerprintOf(said, [...makers, ...Object.values(copies)])}-${process.arch}`;
}

/** The image of these ingredients, made if it is not in the cache. */
export async function imageFrom(name: string, ingredients: Ingredients, log: Log): Promise<Image> {
  const { reference, recipe, config } = ingredients;
  const folder = await cached(keyOf(name, ingredients), { log }, async (part) => {
    await needPackages(['mmdebstrap'], log);
    log(`Making the image ${reference} of Debian packages, once.`);
    const layer = join(part, 'layer.tar');
    await extract(recipe, layer);
    await archiveLayer(layer, reference, config, join(part, 'image.tar'));
  });
  return { archive: join(folder, 'image.tar'), reference };
}
