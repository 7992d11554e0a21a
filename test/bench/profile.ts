// Where the CPU of one phase went: what a .cpuprofile of V8 says between two instants, as shares of files and as a flame graph.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  /** Microseconds of the monotonic clock that all processes share. */
  readonly startTime: number;
  /** Ids of nodes, and microseconds from each sample to the next. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function as called from its caller, with all it called. */
export interface Frame {
  readonly name: string;
  /** File of ours from the root, package, `node` or what V8 calls it. */
  readonly place: string;
  /** Microseconds. */
  readonly selfUs: number;
  readonly totalUs: number;
  readonly children: readonly Frame[];
}

/** Of the monotonic clock, in microseconds. */
export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}
export const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

/** The only profile in this folder, cut to a window. Time in which nothing ran is not in it. */
export async function framesOf(folder: string, window: Window): Promise<Frame> {
  const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
  return cut(JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile, window);
}

export function cut({ nodes, startTime, samples, timeDeltas }: CpuProfile, { fromUs, toUs }: Window): Frame {
  const self = new Map<number, number>();
  let at = startTime;
  for (const [nth, id] of samples.entries()) {
    at += timeDeltas[nth]!;
    if (at >= fromUs && at < toUs) self.set(id, (self.get(id) ?? 0) + (timeDeltas[nth + 1] ?? 0));
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const frame = (id: number): Frame => {
    const { callFrame, children = [] } = byId.get(id)!;
    const below = children.map(frame).filter(({ totalUs }) => totalUs > 0);
    const selfUs = callFrame.functionName === '(idle)' ? 0 : (self.get(id) ?? 0);
    const totalUs = below.reduce((sum, each) => sum + each.totalUs, selfUs);
    return { name: callFrame.functionName || '(anonymous)', place: placeOf(callFrame), selfUs, totalUs, children: below };
  };
  return frame(nodes[0]!.id);
}

function placeOf({ functionName, url }: { readonly functionName: string; readonly url: string }): string {
  const module = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  const own = /\/(src\/.*)$/.exec(url)?.[1];
  return module ?? own ?? (url.startsWith('node:') ? 'node' : url === '' ? functionName : url.slice(url.lastIndexOf('/') + 1));
}

/** Self time by place, the largest first; they sum to 1. */
export function shares(root: Frame): readonly (readonly [place: string, share: number])[] {
  const self = new Map<string, number>();
  const visit = ({ place, selfUs, children }: Frame): void => {
    self.set(place, (self.get(place) ?? 0) + selfUs);
    children.forEach(visit);
  };
  visit(root);
  return [...self].map(([place, us]) => [place, us / root.totalUs] as const).toSorted(([, a], [, b]) => b - a);
}

const [WIDTH, ROW, LEAST] = [1600, 17, 1.5] as const;
const HUES: Readonly<Record<string, number>> = { src: 210, node: 120, '(': 0 };

/** As SVG: width is time, below a function is what it called. The same function under one caller is one box. */
export function flame(root: Frame): string {
  const boxes: string[] = [];
  let deepest = 0;
  const draw = (frames: readonly Frame[], x: number, depth: number): void => {
    let left = x;
    for (const { name, place, totalUs, children } of merged(frames)) {
      const width = (totalUs / root.totalUs) * WIDTH;
      if (width >= LEAST) {
        deepest = Math.max(deepest, depth);
        boxes.push(box(left, depth, width, `${name} ${place}`, ((totalUs / root.totalUs) * 100).toFixed(1), place));
        draw(children, left, depth + 1);
      }
      left += width;
    }
  };
  draw(root.children, 0, 0);
  const height = (deepest + 1) * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="monospace" font-size="11">
<rect width="100%" height="100%" fill="white"/>
${boxes.join('\n')}
</svg>
`;
}

function merged(frames: readonly Frame[]): Frame[] {
  const groups = Map.groupBy(frames, ({ name, place }) => `${name} ${place}`);
  return [...groups.values()]
    .map((same) => ({
      ...same[0]!,
      totalUs: same.reduce((sum, { totalUs }) => sum + totalUs, 0),
      children: same.flatMap(({ children }) => children),
    }))
    .toSorted((a, b) => b.totalUs - a.totalUs);
}

function box(x: number, depth: number, width: number, what: string, percent: string, place: string): string {
  const hue = HUES[place.split('/')[0]!] ?? HUES[place.charAt(0)] ?? 45;
  const text = escaped(what.slice(0, Math.floor(width / 7)));
  return (
    `<g><title>${escaped(what)}, ${percent} %</title>` +
    `<rect x="${x.toFixed(1)}" y="${depth * ROW}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="hsl(${hue} 60% 75%)"/>` +
    `<text x="${(x + 3).toFixed(1)}" y="${depth * ROW + 12}">${text}</text></g>`
  );
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
