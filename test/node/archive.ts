// An image of one static program, as `docker save` would write it: for what no distribution packages.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
// The same bytes from the same program, on any day.
const TAR = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];

/** Writes `archive`, an image called `reference` that runs `program` as a nobody; `folder` is scratch. */
export async function archiveProgram(program: string, reference: string, archive: string, folder: string): Promise<void> {
  const [root, image] = [join(folder, 'root'), join(folder, 'image')];
  for (const each of [root, image]) await mkdir(each, { recursive: true });
  await copyFile(program, join(root, 'server'));
  await run('ln', ['-s', 'server', join(root, 'pause')]);
  await run('tar', [...TAR, '-cf', join(image, 'layer.tar'), '-C', root, '.']);
  const layer = createHash('sha256')
    .update(await readFile(join(image, 'layer.tar')))
    .digest('hex');
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const config = JSON.stringify({
    architecture,
    os: 'linux',
    config: { Entrypoint: ['/pause'], User: '65534:65534', WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
  });
  const name = `${createHash('sha256').update(config).digest('hex')}.json`;
  await writeFile(join(image, name), config);
  await writeFile(join(image, 'manifest.json'), JSON.stringify([{ Config: name, RepoTags: [reference], Layers: ['layer.tar'] }]));
  await run('tar', [...TAR, '-cf', archive, '-C', image, '.']);
  await rm(root, { recursive: true });
  await rm(image, { recursive: true });
}
