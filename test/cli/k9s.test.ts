// What deploy/k9s gives k9s: files that it takes (by its own schemas), columns that there are, and commands that the plugin understands. A
// snippet that k9s refuses is refused whole.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { COMMANDS } from '../../src/cli/commands.ts';
import { parse as parseWords } from '../../src/cli/parser.ts';
import { API_VERSION } from '../../src/model/vocabulary.ts';
import { k9sSchemas } from '../tools/k9s.ts';

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
const filled = (text: string): string => text.replaceAll('$NAMESPACE', 'shop').replaceAll('$NAME', 'web').replaceAll('$CONTEXT', 'eu');

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

describe('the keys', () => {
  test('are different ones', () => {
    const keys = Object.values(plugins).map(({ shortCut }) => shortCut);
    expect(new Set(keys).size).toBe(keys.length);
    // Taken by k9s in every table (internal/view/table.go), or to sort by namespace: it leaves a plugin out that wants one of them.
    expect(keys.filter((key) => ['Shift-N', 'Shift-A', 'Shift-P', 'Shift-J', 'Shift-K', 'Shift-H', 'Shift-L'].includes(key))).toEqual([]);
  });
  test.each(Object.entries(plugins))(
    '%s is a command of the plugin, and asks before it moves traffic',
    (_name, { command, args, dangerous }) => {
      const line = command === 'sh' ? filled(args[1]!).replace(/ \| less -R$/, '') : filled([command, ...args].join(' '));
      const [kubectl, iapp, ...words] = line.split(' ');
      expect([kubectl, iapp]).toEqual(['kubectl', 'iapp']);
      const parsed = parseWords(COMMANDS, words);
      if (parsed.is !== 'run') throw new Error(JSON.stringify(parsed));
      expect(parsed.values).toMatchObject({ namespace: 'shop', context: 'eu' });
      expect(parsed.values.yes).not.toBe(true);
      expect(dangerous === true).toBe(parsed.command.group === 'Move');
    },
  );
});
