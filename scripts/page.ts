// The page as the plugin and the image carry it: one script, one sheet, one document, as base64 in a module. Decides nothing.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCE = 'src/cli/dashboard/browser';

const BUILD = {
  absWorkingDir: ROOT,
  bundle: true,
  write: false,
  minify: true,
  charset: 'ascii',
  target: 'es2022',
  legalComments: 'inline',
  logLevel: 'warning',
} as const;

/** What its script is made of: whoever carries it carries that, too. */
export async function pageInputs(): Promise<Metafile> {
  const { metafile } = await build({ ...BUILD, format: 'esm', entryPoints: [`${SOURCE}/main.js`], metafile: true });
  return metafile;
}

export async function pageModule(): Promise<string> {
  const built = async (file: string): Promise<string> => {
    const { outputFiles } = await build({ ...BUILD, format: 'esm', entryPoints: [`${SOURCE}/${file}`] });
    return outputFiles[0]!.text;
  };
  const assets = [
    ['/', 'text/html; charset=utf-8', await readFile(join(ROOT, SOURCE, 'index.html'), 'utf8')],
    ['/icon.svg', 'image/svg+xml', await readFile(join(ROOT, SOURCE, 'icon.svg'), 'utf8')],
    ['/main.js', 'text/javascript; charset=utf-8', await built('main.js')],
    ['/style.css', 'text/css; charset=utf-8', await built('style.css')],
  ] as const;
  const members = assets.map(([path, type, text]) => `  '${path}': {\n    type: '${type}',\n    text: ${literal(text)},\n  },\n`).join('');
  return `// Generated from ${SOURCE} by npm run generate.\n\nexport const ASSETS: Readonly<Record<string, { readonly type: string; readonly text: string }>> = {\n${members}};\n`;
}

/** No text that people or tests read. */
const literal = (text: string): string => `'${Buffer.from(text).toString('base64')}'`;
