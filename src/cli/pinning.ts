// A manifest with its images by digest: the tags of Apps get the digest behind them that their versions were seen to run. Comments, order and
// quotes stay: only what is replaced changes. Pure.
import { isMap, isSeq, parseAllDocuments, Scalar } from 'yaml';
import type { Document, YAMLMap } from 'yaml';
import { API_VERSION, KIND } from '../model/vocabulary.ts';
import { isPinned } from '../model/references.ts';

export interface Pinning {
  readonly app: string;
  readonly container: string;
  readonly before: string;
  /** Absent where no version was seen to run it. */
  readonly after?: string;
}

/** The digest that a container of an App was seen to run under this image. */
export type Seen = (app: string, namespace: string, container: string, image: string) => string | undefined;

const LISTS = ['initContainers', 'containers'] as const;

const mapsIn = (map: YAMLMap, key: string): YAMLMap[] => {
  const list = map.get(key);
  return isSeq(list) ? list.items.filter((item) => isMap(item)) : [];
};

/** Apps of a document, those in Lists too. */
function appsIn({ contents }: Document): YAMLMap[] {
  if (!isMap(contents)) return [];
  const all = [contents, ...mapsIn(contents, 'items')] as YAMLMap[];
  return all.filter((each) => each.get('kind') === KIND && each.get('apiVersion') === API_VERSION);
}

const told = (map: YAMLMap, ...path: readonly string[]): string => {
  const value = map.getIn(path);
  return typeof value === 'string' ? value : '';
};

/** The text with what was found, and what was not. Throws where it cannot be read. */
export function pinImages(source: string, namespace: string, seen: Seen): { readonly text: string; readonly pinnings: readonly Pinning[] } {
  const edits: { readonly from: number; readonly to: number; readonly text: string }[] = [];
  const pinnings = [...parseAllDocuments(source)].flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(error.message);
    return appsIn(document).flatMap((app) => LISTS.flatMap((key) => containersOf(app, key).flatMap((container) => pin(app, container))));
  });
  const text = edits
    .toSorted((a, b) => b.from - a.from)
    .reduce((rest, edit) => rest.slice(0, edit.from) + edit.text + rest.slice(edit.to), source);
  return { text, pinnings };

  function pin(app: YAMLMap, container: YAMLMap): Pinning[] {
    const node = container.get('image', true);
    if (!(node instanceof Scalar) || typeof node.value !== 'string' || node.value === '' || isPinned(node.value)) return [];
    const found = { app: told(app, 'metadata', 'name'), container: told(container, 'name'), before: node.value };
    const digest = seen(found.app, told(app, 'metadata', 'namespace') || namespace, found.container, found.before);
    const [from = 0, to = 0] = node.range ?? [];
    const written = source.slice(from, to);
    if (digest === undefined || !written.includes(found.before)) return [found];
    const after = `${found.before}@${digest}`;
    edits.push({ from, to, text: written.replace(found.before, after) });
    return [{ ...found, after }];
  }
}

function containersOf(app: YAMLMap, key: string): YAMLMap[] {
  const podSpec = app.getIn(['spec', 'template', 'spec']);
  return isMap(podSpec) ? mapsIn(podSpec, key) : [];
}
