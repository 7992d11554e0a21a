// How Apps are kept: as they are while something is going on, packed while they are at rest. Decides what rests, and by which keys an App is found.
import type { App, Tombstone } from '../../model/app.ts';
import type { AppKey } from '../../model/version.ts';
import { serviceKey } from '../../routers/endpoints.ts';
import { isOrdinary } from '../ops/condition-metrics.ts';
import { isClimbing } from '../ops/share-metrics.ts';
import { packer } from './packed.ts';
import type { Entry } from './store.ts';

export interface AppRow extends Entry {
  readonly key: AppKey;
  readonly keys: readonly string[];
  readonly app: App | string;
}

export class AppRows {
  readonly #packer = packer<App>();

  /** What is packed leaves out the content that a record holds: it is read from there if it is needed again. */
  row(app: App): AppRow {
    const { key, uid, resourceVersion } = app;
    const keys = [key, budgetKey(app.namespace), ...serviceKeys(app), ...sourceKeys(app)];
    const rests = isOrdinary(app) && !isClimbing(app);
    return { key, uid, resourceVersion, keys, app: rests ? this.#packer.pack(isOnRecord(app) ? { ...app, content: '' } : app) : app };
  }

  opened({ app }: AppRow): App {
    return typeof app === 'string' ? this.#packer.unpack(app) : app;
  }
}

/** As its status says. If it is wrong, the content is read from the App. What is captured is added to the content that the App has. */
const isOnRecord = ({ fingerprints, refers, status: { versions = [] } }: App): boolean =>
  refers.configMaps.length === 0 && versions.some(({ fingerprint }) => fingerprints.some((each) => each === fingerprint));

/** Index key of foreign budgets in a namespace, and of the Apps that they may concern. */
export const budgetKey = (namespace: string): string => `budgets:${namespace}`;

export const serviceKeys = (app: App | Tombstone): string[] =>
  app.is === 'app' ? app.services.map(({ name }) => serviceKey(app.namespace, name)) : [];

/** Index key of a ConfigMap, for the Apps that capture it. */
export const sourceKey = (namespace: string, name: string): string => `configmap:${namespace}/${name}`;

export const sourceKeys = (app: App | Tombstone): string[] =>
  app.is === 'app' && app.references.configMaps === 'Capture'
    ? app.refers.configMaps.map(({ name }) => sourceKey(app.namespace, name))
    : [];
