// One spelling of each command: what messages say, what the policies say and what the documentation says.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { annotate, approving, PERSON, renewing, scaling } from '../../src/model/command.ts';

const ANY = '<>';
const POLICIES = readdirSync('deploy/policies').filter((file) => file.endsWith('.yaml'));
const PAGES = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
/** Up to where a sentence goes on. */
const COMMAND = /kubectl (?:annotate|patch|scale) .*?(?=;|, |\. |$)/gm;

/** What a CEL expression says when every expression in it says the same: literals, joined by `+`. */
function said(expression: string): string {
  const parts: string[] = [];
  let [part, quote] = ['', ''];
  for (const letter of expression) {
    if (quote === '' && letter === '+') {
      parts.push(part);
      part = '';
    } else part += letter;
    if (letter === quote) quote = '';
    else if (quote === '' && (letter === "'" || letter === '"')) quote = letter;
  }
  parts.push(part);
  return parts.map((each) => /^\s*(['"])(.*)\1\s*$/s.exec(each)?.[2] ?? ANY).join('');
}

interface Policy {
  readonly spec?: { readonly validations?: readonly { readonly messageExpression?: string; readonly message?: string }[] };
}

const ofPolicies = POLICIES.flatMap((file) =>
  parseAllDocuments(readFileSync(`deploy/policies/${file}`, 'utf8'))
    .flatMap((document) => (document.toJS() as Policy | null)?.spec?.validations ?? [])
    .flatMap(({ messageExpression = "''", message = '' }) => [said(messageExpression), message])
    .flatMap((text) => text.replaceAll(/<\w+>/g, ANY).match(COMMAND) ?? []),
);

test('a person writes under a name of their own, which Flux leaves alone', () => {
  expect(annotate({ namespace: 'prod', name: 'shop' }, 'immutableapp.io/pin', '"2 until …"')).toBe(
    'kubectl annotate -n prod iapp/shop --overwrite --field-manager=oncall-$USER immutableapp.io/pin="2 until …"',
  );
  expect(PERSON).not.toMatch(/^(kubectl|immutableapp)/);
});

test('policies spell each command as messages do', () => {
  expect(ofPolicies.length).toBeGreaterThan(4);
  const spelt = [renewing({ namespace: ANY, name: ANY }, ANY), scaling({ namespace: ANY, name: ANY }, 1).replace(/ --replicas=1$/, '')];
  expect(ofPolicies.filter((command) => !spelt.includes(command.replace(/ --replicas=<>$/, '')))).toEqual([]);
});

test.each(PAGES)('%s spells them so too', (page) => {
  const text = readFileSync(page, 'utf8').replaceAll(/\\\n\s*/g, '');
  const commands = [...text.matchAll(/kubectl [^\n`]*\b(?:annotate|patch)\b[^\n]*\biapp\b[^\n]*/g)].map(([command]) => command);
  const right =
    /^kubectl (annotate (-n \S+ )?iapp\/\S+ --overwrite|patch (-n \S+ )?iapp\/\S+( --type=merge)?) --field-manager=oncall-\$USER /;
  expect(commands.filter((command) => !right.test(command))).toEqual([]);
});

test('no other place of the operator spells a command that changes an App', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const spelling = files.filter((file) => /kubectl (annotate|patch|scale)\b.*iapp/.test(readFileSync(`src/${file}`, 'utf8')));
  // Those of a migration are about Services and Deployments of their owners, before there is an App.
  expect(spelling.filter((file) => !['cli/migrate/leave.ts', 'cli/migrate/steps.ts'].includes(file))).toEqual(['model/command.ts']);
});

test('a version is approved by whoever is logged in', () => {
  expect(approving({ namespace: 'shop', name: 'web' }, 'web-kj2s4f45hj')).toBe('kubectl iapp approve -n shop web web-kj2s4f45hj');
});
