// A Git repository of manifests, as Argo CD fetches it: from a folder.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Nothing of what the user has configured. */
const ENVIRONMENT = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
const AUTHOR = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];

export class Repository {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(folder: string): Promise<Repository> {
    mkdirSync(folder);
    const repository = new Repository(folder);
    await repository.#git('init', '--quiet', '--initial-branch=main');
    return repository;
  }

  get url(): string {
    return `file://${this.#folder}`;
  }

  /** Manifests by the paths of their files, null for one that goes. Returns the name of the commit. */
  async commit(files: Readonly<Record<string, object | null>>): Promise<string> {
    for (const [path, manifest] of Object.entries(files)) {
      const file = join(this.#folder, path);
      mkdirSync(dirname(file), { recursive: true });
      if (manifest === null) rmSync(file);
      else writeFileSync(file, JSON.stringify(manifest, null, 2));
    }
    await this.#git('add', '--all');
    await this.#git(...AUTHOR, 'commit', '--quiet', '--message', Object.keys(files).join(', '));
    return this.#git('rev-parse', 'HEAD');
  }

  async #git(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('git', ['-C', this.#folder, ...args], { env: { ...process.env, ...ENVIRONMENT } });
    return stdout.trim();
  }
}
