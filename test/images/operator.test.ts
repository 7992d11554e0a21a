// The image of the operator, built by its Dockerfile: what it says of itself, what is in it, and that it runs where nobody may write.
import { execFile } from 'node:child_process';
import { createReadStream, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { imageOf } from './images.ts';
import { runReadOnly, unpack, whyNoImages, type Unpacked } from './unpack.ts';

const run = promisify(execFile);
const BUILD_MS = 15 * 60_000;
const MIB = 1 << 20;
const STARTS = 5;
const why = whyNoImages();
const { version, description, license } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, string>;
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

(why === undefined ? describe : describe.skip)(`the operator's image${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let scratch: string;
  let archive: string;
  let image: Unpacked;

  beforeAll(async () => {
    const made = await imageOf('operator', tell);
    archive = made.archive;
    scratch = await mkdtemp(join(tmpdir(), 'immutableapp-image-'));
    image = await unpack(archive, scratch);
    expect(image.tags).toContain(made.reference);
  }, BUILD_MS);
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  const entry = (...flags: string[]): string[] => [...(image.config.Entrypoint ?? []), ...flags];

  test('says who runs it, and what', () => {
    const { config } = image;
    expect(config).toMatchObject({
      User: '65532:65532',
      Entrypoint: ['/usr/local/bin/node', '--max-semi-space-size=8', '/app/immutableapp.js'],
      ExposedPorts: { '8080/tcp': {} },
      Env: expect.arrayContaining(['NODE_ENV=production', 'MALLOC_ARENA_MAX=1']),
      Labels: {
        'org.opencontainers.image.title': 'immutableapp',
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.licenses': license,
      },
    });
    expect(description).toContain(config.Labels?.['org.opencontainers.image.description']);
    expect(config.Cmd ?? []).toEqual([]);
  });

  test('holds one program, Node: no shell, no package manager, nothing of npm', () => {
    const files = image.entries.filter(({ mode }) => !mode.startsWith('d'));
    const programs = files.filter(({ mode, path }) => mode.startsWith('-') && mode.includes('x') && !/\.so(\.[\d.]+)?$/.test(path));
    expect(programs.map(({ path }) => path)).toEqual(['usr/local/bin/node']);
    const known = /^(sh|(ba|da|a|z|k|tc|c|fi)sh|busybox|toybox|npm|npx|corepack|yarn|pnpm|apt.*|dpkg.*|apk|rpm|perl|python.*)$/;
    expect(files.filter(({ path }) => known.test(basename(path)))).toEqual([]);
    expect(image.entries.filter(({ path }) => path.includes('node_modules'))).toEqual([]);
  });

  test('holds nothing that gives rights away, and nothing of its own that its user may change', () => {
    const bits = image.entries.filter(({ mode }) => /[sS]/.test(mode.slice(1)));
    const writable = image.entries.filter(({ mode }) => !mode.startsWith('l') && mode[8] === 'w');
    expect(bits).toEqual([]);
    expect(writable.map(({ mode, path }) => `${mode} ${path}`)).toEqual(['drwxrwxrwt tmp']);
    expect(image.entries.filter(({ owner }) => owner !== '0/0')).toEqual([]);
    expect(JSON.stringify(image.entries)).not.toMatch(/npmrc|secrets/);
  });

  test('holds the bundle that npm run build makes, byte for byte, and the license', async () => {
    await run(process.execPath, ['scripts/build.ts']);
    const inside = join(image.root, 'app');
    const bundle = (await readdir('dist', { recursive: true, withFileTypes: true })).filter((each) => each.isFile());
    const paths = bundle.map((each) => join(each.parentPath, each.name).replace(/^dist\//, ''));
    const wanted = [...paths.map((path) => ['dist', path]), ['.', 'LICENSE'], ['.', 'package.json']] as [string, string][];
    const found = (await readdir(inside, { recursive: true, withFileTypes: true })).filter((each) => each.isFile());
    expect(found.map((each) => join(each.parentPath, each.name).slice(inside.length + 1)).sort()).toEqual(
      wanted.map(([, path]) => path).sort(),
    );
    for (const [folder, path] of wanted) {
      const same = (await readFile(join(folder, path))).equals(await readFile(join(inside, path)));
      expect(`${path} ${same ? 'is the same' : 'differs'}`).toBe(`${path} is the same`);
    }
  });

  test('runs as a nobody on a root that cannot be written, and is quick about it', async () => {
    const took: number[] = [];
    for (let start = 0; start < STARTS; start++) {
      const before = performance.now();
      expect((await runReadOnly(image, entry('--version'))).stdout).toBe(`${version}\n`);
      took.push(performance.now() - before);
    }
    tell(`the operator's image: ${took.sort((a, b) => a - b)[STARTS >> 1]!.toFixed(0)} ms from nothing to --version, median of ${STARTS}`);
    expect((await runReadOnly(image, entry('--help'))).stdout).toMatch(/^immutableapp .*\n\nUsage:/);
    const [node = ''] = entry();
    const page = await runReadOnly(image, [node, '/app/page.js', '--help']);
    expect(page.stdout).toMatch(/^immutableapp .*, the page.*\n\nUsage:/);
    const write = `fs.writeFileSync('/tmp/a', '')`;
    await expect(runReadOnly(image, [node, '-e', write])).rejects.toThrow(/EROFS/);
    const who = await runReadOnly(image, [node, '-p', 'process.version + " " + process.getuid() + ":" + process.getgid()']);
    expect(who.stdout).toBe(`${process.version} 65532:65532\n`);
  });

  test('loads the part of the bundle that is for kubeconfigs', async () => {
    const ended = await runReadOnly(image, entry('--kubeconfig', '/nowhere')).then(
      () => undefined,
      (error: unknown) => error as { code: number; stderr: string },
    );
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/could not start: .*\/nowhere/) });
  });

  test('is small', async () => {
    const { size } = await stat(archive);
    let packed = 0;
    for await (const chunk of createReadStream(archive).pipe(createGzip({ level: 6 }))) packed += (chunk as Buffer).length;
    tell(`the operator's image: ${(size / MIB).toFixed(0)} MiB, ${(packed / MIB).toFixed(0)} MiB packed`);
    // Node alone is 121 MiB.
    expect(size).toBeLessThan(150 * MIB);
    expect(packed).toBeLessThan(60 * MIB);
  });
});
