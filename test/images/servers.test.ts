// The web servers of the stories, each in its image, with the configs of deploy/samples: they answer, and they end as they are told to. Each
// runs in a network of its own, so that its port is free.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { needPackages } from '../tools/debian.ts';
import { asBuiltByDebian, imageOf } from './images.ts';
import { entering, quoted, unpack, whyNoImages } from './unpack.ts';

const run = promisify(execFile);
const MAKE_MS = 10 * 60_000;
const ANSWER_MS = 20_000;
const why = whyNoImages();
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

interface Sample {
  readonly spec: {
    readonly version: string;
    readonly template: {
      readonly spec: { readonly containers: readonly [{ readonly ports: readonly [{ readonly containerPort: number }] }] };
    };
    readonly config: readonly [{ readonly mountPath: string; readonly data: Readonly<Record<string, string>> }];
  };
}

/** Asks until it is answered, then prints the status, the headers and the body. */
const ASK = `
const deadline = performance.now() + ${ANSWER_MS};
for (;;) {
  try {
    const answer = await fetch(process.argv[1]);
    console.log(JSON.stringify({ status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() }));
    break;
  } catch (error) {
    if (performance.now() > deadline) throw error;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
`;

(why === undefined ? describe : describe.skip)(`the image of a web server${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let scratch: string;
  beforeEach(async () => {
    await needPackages(['iproute2'], tell);
    scratch = await mkdtemp(join(tmpdir(), 'immutableapp-server-'));
  });
  afterEach(() => rm(scratch, { recursive: true, force: true }));

  test.each([
    ['httpd', '1-apache', 'SIGWINCH', /^Apache\/2\.4\.\d+ /, { 'content-type': 'text/html' }],
    ['httpd', '2-apache-config', 'SIGWINCH', /^Apache$/, { 'x-content-type-options': 'nosniff' }],
    ['nginx', '3-nginx', 'SIGQUIT', /^nginx$/, { 'x-content-type-options': 'nosniff' }],
  ] as const)(
    '%s serves %s until %s',
    async (name, sample, signal, server, headers) => {
      const { archive, reference } = await imageOf(name, tell);
      const image = await unpack(archive, scratch);
      expect(image.tags).toEqual([reference]);
      expect((await stat(archive)).size).toBeLessThan(40 << 20);
      const { spec } = parse(await readFile(`deploy/samples/${sample}.yaml`, 'utf8')) as Sample;
      const [{ containerPort: port }] = spec.template.spec.containers[0].ports;
      const [{ mountPath, data }] = spec.config;
      for (const [file, text] of Object.entries(data)) {
        await mkdir(dirname(join(image.root, mountPath, file)), { recursive: true });
        await writeFile(join(image.root, mountPath, file), asBuiltByDebian(text));
      }
      expect(image.config).toMatchObject({ StopSignal: signal, ExposedPorts: { [`${port}/tcp`]: {} } });

      const log = join(scratch, 'log');
      const script = [
        'ip link set lo up',
        `mount -t proc proc ${quoted([join(image.root, 'proc')])}`,
        `mount --rbind /dev ${quoted([join(image.root, 'dev')])}`,
        // Apache opens its standard error by name, which a file allows and the socket that Node gives does not.
        `${entering(image, image.config.Entrypoint ?? [])} >${quoted([log])} 2>&1 & server=$!`,
        `${quoted([process.execPath, '--input-type=module', '-e', ASK, `http://127.0.0.1:${port}/`])} || cat ${quoted([log])} >&2`,
        `kill -${signal.slice(3)} $server; wait $server; echo $?`,
      ].join('\n');
      // Nothing of it outlives the shell, not even if the test is late.
      const inside = ['--net', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', script];
      const { stdout, stderr } = await run('unshare', inside, { timeout: 2 * ANSWER_MS });
      expect(stderr).toBe('');
      const [answer = '', code] = stdout.split('\n');
      expect(JSON.parse(answer)).toMatchObject({
        status: 200,
        headers: { server: expect.stringMatching(server), ...headers },
        body: expect.stringContaining('It works!'),
      });
      expect(code).toBe('0');
    },
    MAKE_MS,
  );
});

test('what Debian has built in is not loaded, and nothing else is touched', () => {
  const config =
    'Listen 80\n  LoadModule unixd_module modules/mod_unixd.so\nLoadModule headers_module modules/mod_headers.so\nLoadModule log_config_module x\n';
  expect(asBuiltByDebian(config)).toBe('Listen 80\nLoadModule headers_module modules/mod_headers.so\n');
});
