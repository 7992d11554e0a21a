// Bundles the operator into dist/: immutableapp.js, the page in the cluster beside it, page.js, and, in chunks/, what both need and what is only
// loaded when asked for (the Kubernetes client, for kubeconfigs). Whitespace goes, names stay: a stack trace can be read as it is, and better
// with --enable-source-maps. With --plugin the plugin of kubectl beside it, which no image has: iapp.cjs, and kubectl-iapp, which loads it.
import { existsSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const ENTRY = 'src/main.ts';
const PAGE = 'src/cli/hosted/main.ts';
const PLUGIN = 'src/cli/main.ts';
/** The plugin itself, beside kubectl-iapp. Not by a name that kubectl takes for another plugin. */
export const SCRIPT = 'iapp.cjs';
const HELP = `Usage: npm run build -- [--outdir DIR]

Bundles ${ENTRY} into DIR (default dist): node dist/immutableapp.js --help
And ${PAGE}, the page in the cluster: node dist/page.js --help
And, with --plugin, ${PLUGIN} into DIR/iapp.cjs, with DIR/kubectl-iapp and DIR/kubectl_complete-iapp: with DIR on the PATH, kubectl iapp --help
`;

// CommonJS dependencies ask for Node's own modules with require(), which an ES module has not got.
const BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Bundles the operator into `outdir`, or tells what would be in the bundle. */
export async function bundle(outdir: string, write = true): Promise<Metafile> {
  if (!existsSync(join(ROOT, ENTRY))) throw new Error(`${ENTRY} is not there`);
  if (write) await rm(join(outdir, 'chunks'), { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { immutableapp: ENTRY, page: PAGE },
    outdir,
    write,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'linked',
    banner: { js: BANNER },
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}

/** What kubectl runs to complete words (kubernetes/kubernetes#105867). */
export const COMPLETION = `#!/bin/sh
exec kubectl-iapp __complete "$@"
`;

/**
 * kubectl-iapp: Node (from 22 on) keeps what it compiles of files that are loaded after it was told so, here beside what kubectl keeps. Node takes it for
 * a script or, where a package.json says so, as in dist/, for an ES module, which has no require(): it is either. Loading by import() takes longer.
 */
const LOADER = `#!/usr/bin/env node
const load = typeof require === 'function' ? require : (id) => process.getBuiltinModule(id);
const { createRequire, enableCompileCache } = load('node:module');
const { join } = load('node:path');
enableCompileCache?.(join(process.env.KUBECACHEDIR || join(load('node:os').homedir(), '.kube/cache'), 'iapp'));
try {
  createRequire(load('node:fs').realpathSync(process.argv[1]))('./${SCRIPT}');
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
  process.stderr.write('${SCRIPT} is not there: it belongs beside kubectl-iapp.\\n');
  process.exitCode = 1;
}
`;

/** What the client has for requests of its own, of which the plugin makes none: half of what Node would have to read, and undici wants Node 22. */
const UNUSED: Plugin = {
  name: 'unused',
  setup(bundling) {
    const nothing = { path: join(ROOT, 'scripts/nothing.mjs') };
    bundling.onResolve({ filter: /^undici$/ }, () => nothing);
    bundling.onResolve({ filter: /^(\.\/gen\/index\.js|socks)$/ }, ({ importer }) =>
      importer.includes('client-node') ? nothing : undefined,
    );
  },
};

/** What few commands and few kubeconfigs need and all would wait for: loaded when one of its exports is first asked for. */
const LATER: Plugin = {
  name: 'later',
  setup(bundling) {
    bundling.onResolve({ filter: /^(yaml|socks-proxy-agent)$/ }, ({ path, namespace }) =>
      namespace === LATER.name ? undefined : { path, namespace: LATER.name },
    );
    bundling.onLoad({ filter: /./, namespace: LATER.name }, async ({ path }) => {
      const names = Object.keys((await import(path)) as object).map((name) => `'${name}'`);
      const exported = names.map((name) => `get ${name}() { return require('${path}')[${name}]; }`);
      return { contents: `module.exports = { ${exported.join(', ')} };`, resolveDir: ROOT };
    });
  },
};

/** The plugin, as Node 20 runs it. */
export const PLUGIN_BUILD = {
  absWorkingDir: ROOT,
  entryPoints: [PLUGIN],
  bundle: true,
  platform: 'node',
  // A script, in which Node's own modules are loaded when they are needed; an ES module loads all it names first.
  format: 'cjs',
  target: 'node20',
  // Half of the time until its first line is the time that Node needs to read it.
  minify: true,
  legalComments: 'eof',
  plugins: [UNUSED, LATER],
  mainFields: ['module', 'main'],
  metafile: true,
  logLevel: 'warning',
} satisfies BuildOptions;

export async function plugin(outdir: string): Promise<Metafile> {
  const { metafile } = await build({ ...PLUGIN_BUILD, outfile: join(outdir, SCRIPT) });
  await writeFile(join(outdir, 'kubectl-iapp'), LOADER);
  await writeFile(join(outdir, 'kubectl_complete-iapp'), COMPLETION);
  for (const name of ['kubectl-iapp', 'kubectl_complete-iapp']) await chmod(join(outdir, name), 0o755);
  return metafile;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { outdir: { type: 'string', default: 'dist' }, plugin: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const made = [await bundle(join(ROOT, values.outdir)), ...(values.plugin === true ? [await plugin(join(ROOT, values.outdir))] : [])];
  for (const [file, { bytes, imports }] of made.flatMap(({ outputs }) => Object.entries(outputs))) {
    if (!/\.c?js$/.test(file)) continue;
    const later = imports.filter(({ kind }) => kind === 'dynamic-import').length;
    const note = later > 0 ? `  loads ${later} of the others only when asked` : '';
    process.stdout.write(`${(bytes / 1024).toFixed(0).padStart(6)} KiB  ${relative(ROOT, join(ROOT, file))}${note}\n`);
  }
  return 0;
}

if (import.meta.main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`The bundle was not built: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
