// The rooms and their doors (ARCHITECTURE.md): read from the sources, so that no review has to remember them.
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { ANNOTATION, LABEL, REASON } from '../src/model/vocabulary.ts';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}
interface Source {
  /** Path below src. */
  readonly path: string;
  readonly room: string;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

const sources: readonly Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const tree = ts.createSourceFile(path, readFileSync(join(SRC, path), 'utf8'), ts.ScriptTarget.Latest, true);
    return { path, room: path.includes('/') ? path.split('/')[0]! : 'main', tree, imports: importsOf(tree) };
  });
const pure = sources.filter(({ room }) => !['shell', 'cli', 'main'].includes(room));

function importsOf(tree: ts.SourceFile): Import[] {
  const found: Import[] = [];
  walk(tree, (node) => {
    const declares = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
    if (declares && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
      const typeOnly = ts.isImportDeclaration(node) ? node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword : node.isTypeOnly;
      found.push({ from: node.moduleSpecifier.text, typeOnly });
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      found.push({ from: node.arguments[0]!.getText(), typeOnly: false });
  });
  return found;
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => {
    walk(child, visit);
  });
}

/** Where each room may look; its own files it may always. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  gates: ['model'],
  workloads: ['model'],
  routers: ['model'],
  plan: ['model', 'gates', 'workloads', 'routers'],
  shell: ['model', 'gates', 'workloads', 'routers', 'plan'],
  cli: ['model', 'gates', 'workloads', 'routers', 'plan', 'shell', 'main'],
  main: ['model', 'gates', 'workloads', 'routers', 'plan', 'shell'],
};

const roomOf = ({ path }: Source, from: string): string => {
  const target = relative(SRC, normalize(join(SRC, dirname(path), from)));
  return target.includes('/') ? target.split('/')[0]! : 'main';
};
const at = (source: Source, node: ts.Node): string =>
  `${source.path}:${String(source.tree.getLineAndCharacterOfPosition(node.getStart()).line + 1)}: ${node.getText().split('\n')[0]!}`;
const offences = (among: readonly Source[], is: (node: ts.Node, source: Source) => boolean): string[] =>
  among.flatMap((source) => {
    const found: string[] = [];
    walk(source.tree, (node) => {
      if (is(node, source)) found.push(at(source, node));
    });
    return found;
  });
const calls = (node: ts.Node, ...names: string[]): boolean => ts.isPropertyAccessExpression(node) && names.includes(node.getText());

describe('rooms', () => {
  test('every room is one we know', () => {
    expect([...new Set(sources.map(({ room }) => room))].filter((room) => !(room in DOORS))).toEqual([]);
  });
  test('look only the way main → shell → plan → gates, workloads, routers → model, and nobody at cli', () => {
    const wrong = sources.flatMap((source) =>
      source.imports
        .filter(({ from }) => from.startsWith('.'))
        .map(({ from }) => ({ from, room: roomOf(source, from) }))
        .filter(({ room }) => room !== source.room && DOORS[source.room]?.includes(room) !== true)
        .map(({ from }) => `${source.path} imports ${from}`),
    );
    expect(wrong).toEqual([]);
  });
  test('inside plan look only the way report → steps → choose → read', () => {
    const floors = ['read', 'choose', 'steps', 'report'];
    const floorOf = (path: string): number => floors.indexOf(path.split('/')[1]!);
    const wrong = sources
      .filter(({ path }) => path.startsWith('plan/') && floorOf(path) >= 0)
      .flatMap(({ path, imports }) =>
        imports
          .map(({ from }) => normalize(join(dirname(path), from)))
          .filter((target) => target.startsWith('plan/') && (floorOf(target) < 0 || floorOf(target) > floorOf(path)))
          .map((target) => `${path} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });
  test('no two files need each other, directly or by others', () => {
    const needs = new Map(
      sources.map(({ path, imports }) => [
        path,
        imports.filter(({ from }) => from.startsWith('.')).map(({ from }) => normalize(join(dirname(path), from))),
      ]),
    );
    const done = new Set<string>();
    const circleFrom = (path: string, above: readonly string[]): string | undefined => {
      if (above.includes(path)) return [...above.slice(above.indexOf(path)), path].join(' → ');
      if (done.has(path)) return undefined;
      done.add(path);
      return needs
        .get(path)
        ?.map((next) => circleFrom(next, [...above, path]))
        .find((circle) => circle !== undefined);
    };
    expect([...needs.keys()].flatMap((path) => circleFrom(path, []) ?? [])).toEqual([]);
  });
  test('name files with their extension, as Node runs them', () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports.filter(({ from }) => from.startsWith('.') && !from.endsWith('.ts')).map(({ from }) => `${path}: ${from}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('outside shell, cli and main', () => {
  test('nothing waits', () => {
    const waits = [ts.SyntaxKind.AsyncKeyword, ts.SyntaxKind.AwaitKeyword, ts.SyntaxKind.AwaitExpression];
    expect(
      offences(
        pure,
        (node) =>
          waits.includes(node.kind) ||
          (ts.isIdentifier(node) && ['Promise', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'].includes(node.text)),
      ),
    ).toEqual([]);
  });
  test('nothing reads a clock', () => {
    const now = (node: ts.Node): boolean =>
      ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0;
    const bare = (node: ts.Node): boolean => ts.isCallExpression(node) && node.expression.getText() === 'Date';
    expect(offences(pure, (node) => calls(node, 'Date.now', 'performance.now', 'process.hrtime') || now(node) || bare(node))).toEqual([]);
  });
  test('nothing is left to chance', () => {
    expect(
      offences(pure, (node) => calls(node, 'Math.random') || (ts.isIdentifier(node) && /^random(UUID|Bytes|Int)$/.test(node.text))),
    ).toEqual([]);
  });
  test('nothing asks the process or the console', () => {
    expect(
      offences(
        pure,
        (node) => ts.isPropertyAccessExpression(node) && ['process', 'console', 'globalThis'].includes(node.expression.getText()),
      ),
    ).toEqual([]);
  });
  test('of Node only hashing and packing, of the client only types, and what reckons with time zones', () => {
    const allowed = ['node:crypto', 'node:zlib', 'luxon'];
    const wrong = pure.flatMap(({ path, imports }) =>
      imports
        .filter(({ from, typeOnly }) => !from.startsWith('.') && !typeOnly && !allowed.includes(from))
        .map(({ from }) => `${path}: ${from}`),
    );
    expect(wrong).toEqual([]);
  });
  test('nothing throws but what closes a switch and what JSON cannot carry', () => {
    const thrown = offences(pure, (node) => ts.isThrowStatement(node)).map((place) => place.replace(/:\d+: .*/, ''));
    expect([...new Set(thrown)]).toEqual(['model/action.ts', 'model/version.ts']);
  });
});

describe('walls', () => {
  const actions = readFileSync(join(SRC, 'model/action.ts'), 'utf8');
  const kube = sources.find(({ path }) => path === 'shell/api/kube.ts')!;

  test('the Action type has these members and no other', () => {
    const members = [...actions.matchAll(/readonly do: '(\w+)'/g)].map(([, member]) => member);
    expect(members.join(' ')).toBe('ask trip publish attest expose reshape scale switch reclaim release retire');
  });
  test('the port has these methods and no other', () => {
    const methods: string[] = [];
    walk(kube.tree, (node) => {
      if (ts.isInterfaceDeclaration(node) && node.name.text === 'Kube')
        methods.push(...node.members.map((member) => member.name?.getText() ?? ''));
    });
    expect(methods).toEqual(['create', 'read', 'remove', 'scale', 'patchService', 'patchStatus', 'replaceLease', 'list', 'stream']);
  });
  test('only Services, our own status, scale and the lease are ever patched or put', () => {
    const writes = [...kube.tree.text.matchAll(/verb: '(?:PATCH|PUT)', kind: '(\w+)'/g)].map(([, kind]) => kind);
    expect(writes.toSorted()).toEqual(['Deployment', 'ImmutableApp', 'Lease', 'Service']);
    const patches = kube.tree.text.match(/'(?:PATCH|PUT)'/g) ?? [];
    expect(patches.length).toBe(writes.length + 2); // and the two words of the type Call['verb']
    expect(kube.tree.text).toContain("pathOf('Deployment', namespace, name)}/scale?");
    expect(kube.tree.text.match(/pathOf\('Deployment'/g)).toHaveLength(1);
  });
  test('only kube.ts and what it stands on speaks HTTP', () => {
    const speakers = sources
      .filter(({ imports }) =>
        imports.some(({ from, typeOnly }) => !typeOnly && /^(node:)?(https?|net|tls)$|^undici$|^@kubernetes\/client-node(\/|$)/.test(from)),
      )
      .map(({ path }) => path);
    const doors = ['shell/api/wire.ts', 'shell/api/connection.ts', 'shell/api/kube.ts', 'shell/api/watch.ts'];
    // Measurements of gates, and what their connections are made by.
    const measuring = ['shell/gates/call.ts', 'shell/gates/sources.ts'];
    const serving = ['shell/ops/probes.ts', 'shell/ops/telemetry.ts', 'shell/operator.ts', 'main.ts'];
    const people = ['cli/cluster.ts', 'cli/dashboard/server.ts', 'cli/hosted/server.ts'];
    expect(speakers.filter((path) => ![...doors, ...measuring, ...serving, ...people].includes(path))).toEqual([]);
  });
  test('one line moves lastTransitionTime', () => {
    const writes = offences(sources, (node) => ts.isPropertyAssignment(node) && node.name.getText() === 'lastTransitionTime');
    expect(writes).toHaveLength(1);
    expect(writes[0]).toContain('plan/report/conditions.ts');
  });
});

describe('words', () => {
  const literal = (node: ts.Node): node is ts.StringLiteral => ts.isStringLiteral(node) && !ts.isImportDeclaration(node.parent);

  test('a reason is a bare literal nowhere but in the vocabulary', () => {
    // These are also words of other languages: a role, a mode, a condition's or a failure's name.
    const ambiguous = new Set<string>(['Automatic', 'Activated', 'Pinned', 'Denied', 'Bug', 'Draining']);
    const reasons = new Set<string>(Object.values(REASON).filter((reason) => !ambiguous.has(reason)));
    const others = sources.filter(({ path }) => !['model/vocabulary.ts', 'model/spec.ts'].includes(path));
    expect(offences(others, (node) => literal(node) && reasons.has(node.text))).toEqual([]);
  });
  test('labels and annotations of ours are spelt in the vocabulary only', () => {
    const others = sources.filter(({ path }) => !['model/vocabulary.ts', 'model/spec.ts'].includes(path));
    expect(
      offences(others, (node) => literal(node) && (Object.values({ ...LABEL, ...ANNOTATION }) as string[]).includes(node.text)),
    ).toEqual([]);
  });
  test('files are nouns of ours', () => {
    expect(sources.map(({ path }) => path).filter((path) => /util|helper|common|manager|handler|\bdata\b|\binfo\b/.test(path))).toEqual([]);
  });
  test('every file opens with what it is for', () => {
    expect(sources.filter(({ tree }) => !/^(#!.*\n)?\s*(\/\/|\/\*)/.test(tree.text)).map(({ path }) => path)).toEqual([]);
  });
});
