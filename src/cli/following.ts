// An App as it changes: one watch, begun anew when the API server ends it, until Ctrl-C or the App is gone.
import type { AppObject } from './apps.ts';
import type { Context } from './command.ts';
import { Complaint, EXIT } from './exit.ts';

/** undefined: it was deleted, and nothing comes after. Ends when `signal` aborts; the API server may end a watch as often as it likes. */
export async function* followed(
  context: Context,
  { metadata: { name, namespace } }: Pick<AppObject, 'metadata'>,
  signal: AbortSignal = context.signal,
): AsyncGenerator<AppObject | undefined> {
  const cluster = await context.cluster();
  let last = '';
  const stopped = (): boolean => signal.aborted;
  while (!stopped()) {
    let seen = false;
    for await (const { type, object } of cluster.watch<AppObject>(
      'ImmutableApp',
      namespace,
      { fieldSelector: `metadata.name=${name}` },
      signal,
    )) {
      if (type === 'ERROR') break; // it has forgotten where we were: once more from the list
      if (type === 'BOOKMARK') continue;
      seen = true;
      if (type === 'DELETED') {
        yield undefined;
        return;
      }
      if (object.metadata.resourceVersion === last) continue;
      last = object.metadata.resourceVersion;
      yield object;
    }
    if (seen || stopped()) continue;
    if (last === '') throw new Complaint(`there is no ImmutableApp ${name} in namespace ${namespace}`, EXIT.failed);
    yield undefined;
    return;
  }
}
