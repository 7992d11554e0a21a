// Pictures of the page, compared with those in docs/pictures, which people see in docs/dashboard.md. Only the build of Chromium that made them
// draws them alike: another one is told so, and nothing is compared. IMMUTABLEAPP_PICTURES=write makes them anew.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';

const FOLDER = join(import.meta.dirname, '../../docs/pictures');
const BUILD = join(FOLDER, 'chromium.txt');
/** A letter's edge may be a shade lighter; of all points so few may differ more. */
const SHADE = 0.15;
const MOST = 0.0005;

const isWriting = process.env.IMMUTABLEAPP_PICTURES === 'write';

/** Why pictures are not compared, undefined if they are. */
export function whyNoPictures(build: string): string | undefined {
  if (isWriting) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(BUILD, `${build}\n`);
    return undefined;
  }
  const made = existsSync(BUILD) ? readFileSync(BUILD, 'utf8').trim() : 'none';
  return made === build ? undefined : `they were made by Chromium ${made}, and this is ${build}`;
}

/** What differs from the picture of that name, in words; undefined if nothing does. */
export function differs(name: string, picture: Buffer): string | undefined {
  const path = join(FOLDER, `${name}.png`);
  if (isWriting) {
    writeFileSync(path, picture);
    return undefined;
  }
  if (!existsSync(path)) return `there is no ${path}: look at the page, then run this with IMMUTABLEAPP_PICTURES=write`;
  const [before, after] = [PNG.sync.read(readFileSync(path)), PNG.sync.read(picture)];
  const { width, height } = before;
  const size = width === after.width && height === after.height;
  const drawn = new PNG({ width, height });
  const points = size ? pixelmatch(before.data, after.data, drawn.data, width, height, { threshold: SHADE }) : width * height;
  if (points <= width * height * MOST) return undefined;
  const seen = join(tmpdir(), `immutableapp-picture-${name}`);
  writeFileSync(`${seen}.png`, picture);
  if (size) writeFileSync(`${seen}-differs.png`, PNG.sync.write(drawn));
  const what = size ? `${points} of ${width * height} points` : `its size is ${after.width}×${after.height}, not ${width}×${height}`;
  return `${path} differs: ${what}; see ${seen}*.png. If that is meant, run this with IMMUTABLEAPP_PICTURES=write`;
}
