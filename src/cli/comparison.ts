// What is different between two contents: images, env, the rest of the template, and config line by line. Pure. Of Secrets only names are
// there to compare; of binary data its size and digest.
import { createHash } from 'node:crypto';
import { structuredPatch } from 'diff';
import { list, obj, text } from '../model/json.ts';

export interface Contents {
  readonly template: unknown;
  readonly config: readonly {
    readonly name: string;
    readonly data: Readonly<Record<string, string>>;
    readonly binaryData: Readonly<Record<string, string>>;
    readonly mountPath: string;
    readonly env: boolean;
  }[];
}

export interface Difference {
  readonly kind: 'container' | 'image' | 'env' | 'template' | 'config' | 'binary';
  /** `web`, `web LEVEL`, `spec.containers[web].resources.limits.cpu`, `site/site.conf`. */
  readonly where: string;
  readonly before?: string;
  readonly after?: string;
  /** Of text: lines that begin with a blank, `-` or `+`, under headings that begin with `@@`. */
  readonly lines?: readonly string[];
}

type Obj = Readonly<Record<string, unknown>>;
type Leaves = ReadonlyMap<string, string>;

export function compare(a: Contents, b: Contents): Difference[] {
  return [...containers(a, b), ...images(a, b), ...env(a, b), ...rest(a, b), ...config(a, b)];
}

const containersIn = ({ template }: Contents): Map<string, Obj> => {
  const spec = obj(obj(template).spec);
  return new Map([...list(spec.initContainers), ...list(spec.containers)].map((container) => [text(container.name), container]));
};

function containers(a: Contents, b: Contents): Difference[] {
  const [before, after] = [containersIn(a), containersIn(b)];
  const gone = [...before].filter(([name]) => !after.has(name));
  const come = [...after].filter(([name]) => !before.has(name));
  return [
    ...gone.map(([where, { image }]): Difference => ({ kind: 'container', where, before: text(image) })),
    ...come.map(([where, { image }]): Difference => ({ kind: 'container', where, after: text(image) })),
  ];
}

/** What is said of those that are on both sides. */
function images(a: Contents, b: Contents): Difference[] {
  const after = containersIn(b);
  return [...containersIn(a)].flatMap(([where, { image }]): Difference[] => {
    const other = after.get(where);
    return other === undefined || text(other.image) === text(image)
      ? []
      : [{ kind: 'image', where, before: text(image), after: text(other.image) }];
  });
}

/** A value as it is written, or where it comes from. */
const said = (entry: Obj): string => (entry.valueFrom === undefined ? text(entry.value) : `from ${JSON.stringify(entry.valueFrom)}`);
const variables = (container: Obj): Leaves => new Map(list(container.env).map((entry) => [text(entry.name), said(entry)]));

function env(a: Contents, b: Contents): Difference[] {
  const after = containersIn(b);
  return [...containersIn(a)].flatMap(([name, container]) => {
    const other = after.get(name);
    return other === undefined ? [] : changes('env', variables(container), variables(other), (key) => `${name} ${key}`);
  });
}

function changes(kind: Difference['kind'], before: Leaves, after: Leaves, where: (key: string) => string): Difference[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => before.get(key) !== after.get(key))
    .map((key) => {
      const [was, is] = [before.get(key), after.get(key)];
      return { kind, where: where(key), ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) };
    });
}

/** Template without what is compared above; a container that is on one side only is said as a whole. */
function rest(a: Contents, b: Contents): Difference[] {
  const both = new Set([...containersIn(a).keys()].filter((name) => containersIn(b).has(name)));
  return changes('template', leavesOf(bare(a, both)), leavesOf(bare(b, both)), (path) => path);
}

function bare({ template }: Contents, both: ReadonlySet<string>): unknown {
  const root = obj(template);
  const spec = obj(root.spec);
  const some = (all: unknown): Obj[] => list(all).filter(({ name }) => both.has(text(name)));
  const without = (all: unknown) => some(all).map(({ image: _image, env: _env, ...others }) => others);
  const { initContainers, containers: running } = spec;
  return {
    ...root,
    spec: { ...spec, ...(initContainers === undefined ? {} : { initContainers: without(initContainers) }), containers: without(running) },
  };
}

/** Every leaf by its path; what has a name is called by it, not by its place. */
function leavesOf(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value))
    value.forEach((item: unknown, i) => {
      const name = obj(item).name;
      leavesOf(item, `${path}[${typeof name === 'string' ? name : i}]`, into);
    });
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) leavesOf(item, path === '' ? key : `${path}.${key}`, into);
  else into.set(path, typeof value === 'string' ? value : String(value));
  return into;
}

const textsOf = ({ config: all }: Contents, kind: 'data' | 'binaryData'): Leaves =>
  new Map(all.flatMap(({ name, ...entry }) => Object.entries(entry[kind]).map(([key, value]) => [`${name}/${key}`, value] as const)));
const mountsOf = ({ config: all }: Contents): Leaves =>
  new Map(
    all.flatMap(({ name, mountPath, env: asEnv }) => [[`${name} mountPath`, mountPath] as const, [`${name} env`, String(asEnv)] as const]),
  );

function config(a: Contents, b: Contents): Difference[] {
  const [before, after] = [textsOf(a, 'data'), textsOf(b, 'data')];
  const text_ = [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => before.get(key) !== after.get(key))
    .map((where): Difference => ({ kind: 'config', where, lines: linesOf(before.get(where), after.get(where)) }));
  const bytes = changes('binary', sizes(textsOf(a, 'binaryData')), sizes(textsOf(b, 'binaryData')), (key) => key);
  const both = new Set(a.config.map(({ name }) => name).filter((name) => b.config.some((other) => other.name === name)));
  const mounts = changes('config', mountsOf(a), mountsOf(b), (key) => key).filter(({ where }) =>
    both.has(where.slice(0, where.lastIndexOf(' '))),
  );
  return [...mounts, ...text_, ...bytes];
}

/** Unified, with two lines around. */
function linesOf(before: string | undefined, after: string | undefined): string[] {
  const { hunks } = structuredPatch('a', 'b', before ?? '', after ?? '', '', '', { context: 2 });
  return hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...lines,
  ]);
}

const sizes = (all: Leaves): Leaves =>
  new Map(
    [...all].map(([key, base64]) => {
      const bytes = Buffer.from(base64, 'base64');
      return [key, `${bytes.length} bytes, sha256:${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`];
    }),
  );
