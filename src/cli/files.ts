// Apps and what stands around them, from files that people hand in. Reads; decides nothing.
import type { Context } from './command.ts';
import { API_VERSION, KIND } from '../model/vocabulary.ts';
import { obj } from '../model/json.ts';
import type { Manifest } from './documents.ts';
import { namespaceOf, readManifests } from './documents.ts';
import { Complaint, EXIT } from './exit.ts';

/** What cannot be read ends in one sentence, with the file and the line. */
export async function manifestsIn(context: Context, file: string): Promise<readonly Manifest[]> {
  const where = file === '-' ? 'standard input' : file;
  const source = await context.read(file).catch((error: unknown) => {
    throw new Complaint(`${where} cannot be read: ${(error as Error).message}`);
  });
  try {
    return readManifests(source);
  } catch (error) {
    throw new Complaint(`${where} cannot be read: ${(error as Error).message}`);
  }
}

/** What a command is handed, by name or with -f. */
export function filesOf({ args, options }: Pick<Context, 'args' | 'options'>): readonly string[] {
  const files = [...args, ...options.texts('filename')];
  if (files.length === 0) throw new Complaint('hand in the manifest: -f FILE, or -f - for standard input', EXIT.usage);
  return files;
}

/** For a command that reads one file only. */
export function oneFile({ options }: Pick<Context, 'options'>): string | undefined {
  const [file, ...more] = options.texts('filename');
  if (more.length > 0) throw new Complaint('one file at a time: -f FILE', EXIT.usage);
  return file;
}

export const called = (files: readonly string[]): string => files.map((file) => (file === '-' ? 'standard input' : file)).join(', ');

export interface Given {
  readonly apps: readonly Manifest[];
  readonly others: readonly Manifest[];
}

/** The Apps of several files, each in a namespace, and everything else in them. */
export async function appsIn(context: Context, files: readonly string[]): Promise<Given> {
  const all = (await Promise.all(files.map((file) => manifestsIn(context, file)))).flat();
  const apps = all.filter(isApp).map((app) => inNamespace(app, context));
  if (apps.length === 0) throw new Complaint(`there is no ImmutableApp in ${called(files)}`);
  return { apps, others: all.filter((object) => !isApp(object)) };
}

const isApp = ({ kind, apiVersion }: Manifest): boolean => kind === KIND && apiVersion === API_VERSION;

/** That of the manifest, else of the command line, else the one that kubectl falls back to. */
const inNamespace = (app: Manifest, { options }: Context): Manifest => ({
  ...app,
  metadata: { ...obj(app.metadata), namespace: namespaceOf(app) || (options.text('namespace') ?? 'default') },
});

/** Of the same namespace, or of none that is said. */
export const beside = (app: Manifest, others: readonly Manifest[]): readonly Manifest[] =>
  others.filter((object) => ['', namespaceOf(app)].includes(namespaceOf(object)));
