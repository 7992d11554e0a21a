// The contents of versions, read from their records, and their differences as lines for people.
import { LABEL } from '../model/vocabulary.ts';
import { readContent } from '../model/app.ts';
import { contentOf } from '../workloads/record.ts';
import { compare, type Contents, type Difference } from './comparison.ts';
import type { AppObject } from './apps.ts';
import type { Context } from './command.ts';
import { Complaint, EXIT } from './exit.ts';
import type { Paint } from './screen.ts';
import { cut } from './text.ts';

interface Revision {
  readonly data?: { readonly fingerprint?: unknown; readonly sources?: readonly { readonly name: string }[] };
}

export interface Recorded extends Contents {
  /** ConfigMaps that were captured into it. */
  readonly captured: readonly string[];
}

/** What a version is made of; a Complaint when its record is not there or cannot be read. */
export async function recorded(
  context: Pick<Context, 'cluster'>,
  { metadata: { name, namespace } }: { readonly metadata: Pick<AppObject['metadata'], 'name' | 'namespace'> },
  id: string,
): Promise<Recorded> {
  const cluster = await context.cluster();
  const labelSelector = `${LABEL.app}=${name},${LABEL.version}=${id}`;
  const revisions = await cluster.list<Revision>('ControllerRevision', namespace, { labelSelector });
  const record = revisions.find(({ data }) => typeof data?.fingerprint === 'string');
  const content = record === undefined ? undefined : contentOf(record);
  if (content === undefined) throw new Complaint(`version ${id} has no record that can be read: its content is not known`);
  const { template, config } = readContent(content);
  return { template, config, captured: (record?.data?.sources ?? []).map((source) => source.name) };
}

const MOST = 12;

/** For the look before a write: at most a dozen lines; nothing at all where they cannot be had, or nobody may see values. */
export async function differences(context: Context, app: AppObject, from: string | undefined, to: string): Promise<string[]> {
  if (from === undefined || from === to || context.options.isNot('differences')) return [];
  try {
    const [before, after] = await Promise.all([recorded(context, app, from), recorded(context, app, to)]);
    const lines = shown(compare(before, after), context.screen.paint, context.screen.width).map((line) => `  ${line}`);
    const more = lines.length - MOST;
    return more > 1 ? [...lines.slice(0, MOST), `  … and ${more} lines: kubectl iapp diff shows them`] : lines;
  } catch (error) {
    if (error instanceof Complaint && error.exit !== EXIT.away) return [`  (what differs is not known: ${error.message})`];
    throw error;
  }
}

export function shown(all: readonly Difference[], paint: Paint, width: number): string[] {
  return all.flatMap(({ kind, where, before, after, lines }) => {
    if (lines !== undefined) return [paint('bold', `config ${where}`), ...lines.map((line) => cut(coloured(line, paint), width))];
    const change = [before ?? '(none)', after ?? '(none)'].map((value) => (value === '' ? '""' : value)).join(' → ');
    return [cut(`${paint('bold', `${kind} ${where}`)}  ${change}`, width)];
  });
}

function coloured(line: string, paint: Paint): string {
  if (line.startsWith('@@')) return paint('cyan', line);
  return line.startsWith('-') ? paint('red', line) : line.startsWith('+') ? paint('green', line) : line;
}
