// What deploy/k9s gives k9s: files that it takes (by its own schemas), columns that there are, and commands that the plugin understands. A
// snippet that k9s refuses is refused whole. test/cluster/k9s.test.ts presses the keys in the real one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { COMMANDS } from '../../src/cli/commands.ts';
import { parse as parseWords } from '../../src/cli/parser.ts';
import { API_VERSION } from '../../src/model/vocabulary.ts';
import { K9S_VERSION, k9sSchemas } from '../tools/k9s.ts';

interface Plugin {
  readonly shortCut: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly dangerous?: boolean;
}
interface Crd {
  readonly spec: { readonly versions: readonly { readonly additionalPrinterColumns: readonly { readonly name: string }[] }[] };
}

const read = (path: string): unknown => parse(readFileSync(path, 'utf8'));
const { plugins } = read('deploy/k9s/plugins.yaml') as { plugins: Record<string, Plugin> };
const { views } = read('deploy/k9s/views.yaml') as { views: Record<string, { columns: string[]; sortColumn: string }> };
/** As k9s fills them in. */
const FILLED = { $KUBECONFIG: '/clusters', $NAMESPACE: 'shop', $NAME: 'web', $CONTEXT: 'eu' };
const filled = (text: string): string => Object.entries(FILLED).reduce((now, [name, value]) => now.replaceAll(name, value), text);

test.each(['plugins', 'views'])('k9s takes %s.yaml', async (name) => {
  const valid = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(join(await k9sSchemas(), `${name}.json`), 'utf8')) as object);
  valid(read(`deploy/k9s/${name}.yaml`));
  expect(valid.errors ?? []).toEqual([]);
});

test('the columns are there, in the view of Apps', () => {
  expect(Object.keys(views)).toEqual([`${API_VERSION}/immutableapps`]);
  const [version] = (read('crds/immutableapp.yaml') as Crd).spec.versions;
  const there = ['NAMESPACE', 'NAME', ...version!.additionalPrinterColumns.map(({ name }) => name.toUpperCase())];
  const [{ columns, sortColumn }] = Object.values(views) as [{ columns: string[]; sortColumn: string }];
  expect([...columns, sortColumn.split(':')[0]!].map((each) => each.split('|')[0]!).filter((each) => !there.includes(each))).toEqual([]);
});

test.each(Object.entries(plugins))(
  '%s is a command of the plugin, with the kubeconfig that k9s has, and asks before it moves traffic',
  (_name, { command, args, dangerous }) => {
    const line = filled([command, ...args].join(' '));
    const [, kubeconfig, words] = /KUBECONFIG=(\S*) kubectl iapp (.*?)(?: 2>&1|\n|$)/.exec(line)!;
    expect(kubeconfig!.replaceAll("'", '')).toBe('/clusters');
    const parsed = parseWords(COMMANDS, words!.replaceAll("'", '').split(' '));
    if (parsed.is !== 'run') throw new Error(JSON.stringify(parsed));
    expect(parsed.values).toMatchObject({ namespace: 'shop', context: 'eu' });
    expect(parsed.values.yes).not.toBe(true);
    // The way back is a button on the page.
    expect(dangerous === true).toBe(parsed.command.group === 'Move' || parsed.command.name === 'dashboard');
  },
);

test('the page on it names the version that it is tried with', () => {
  expect(readFileSync('docs/dashboard.md', 'utf8')).toContain(`k9s ${K9S_VERSION} `);
});
