// The chart through real Helm: rendered, or refused.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { SYSTEM } from '../cluster/harness.ts';
import { runHelm, type Said } from '../tools/helm.ts';

export const CHART = join(import.meta.dirname, '../../charts/immutableapp');
export const RELEASE = 'immutableapp';

export type Values = Readonly<Record<string, unknown>>;

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export const named = ({ kind, metadata: { namespace, name } }: Manifest): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;

/** What is not empty of a stream of documents. */
export const documents = (text: string): Manifest[] =>
  parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    const object = document.toJS() as Manifest | null;
    return object === null ? [] : [object];
  });

/** A Helm that knows nothing of the user's, and its values in files, for quotes and types are lost on a command line. */
export class Helm {
  readonly #home: string;
  readonly #kubeconfig: string | undefined;
  #files = 0;

  private constructor(home: string, kubeconfig: string | undefined) {
    this.#home = home;
    this.#kubeconfig = kubeconfig;
  }

  static async open(kubeconfig?: string): Promise<Helm> {
    return new Helm(await mkdtemp(join(tmpdir(), 'immutableapp-helm-')), kubeconfig);
  }

  close(): Promise<void> {
    return rm(this.#home, { recursive: true, force: true });
  }

  async try(args: readonly string[], values: Values = {}): Promise<Said> {
    const file = join(this.#home, `values-${++this.#files}.json`);
    await writeFile(file, JSON.stringify(values));
    const takesValues = /^(install|upgrade|template|lint)$/.test(args[0]!);
    return runHelm(this.#home, [...args, ...(takesValues ? ['--values', file] : [])], this.#kubeconfig);
  }

  /** Standard output; a command that fails fails the test in Helm's own words. */
  async run(args: readonly string[], values?: Values): Promise<string> {
    const { code, stdout, stderr } = await this.try(args, values);
    if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  }

  template(values?: Values, namespace = SYSTEM): Promise<string> {
    return this.run(['template', RELEASE, CHART, '--namespace', namespace], values);
  }

  async render(values?: Values, namespace?: string): Promise<Manifest[]> {
    return documents(await this.template(values, namespace));
  }
}
