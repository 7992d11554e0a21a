// A new way to hash content, as an operator upgrade may bring one: Apps that did not change create nothing, Apps that change are hashed anew.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Snapshot } from '../../src/model/observed.ts';
import type { Fingerprint } from '../../src/model/version.ts';
import { canonical, fingerprintOf, fingerprintsOf, fingerprintUnder, idOf, SCHEMES } from '../../src/model/version.ts';
import type { Json, VersionId } from '../../src/model/version.ts';
import { parse, readContent } from '../../src/model/app.ts';
import type { App } from '../../src/model/app.ts';
import type { RecordSeen } from '../../src/model/observed.ts';
import { plan } from '../../src/plan/plan.ts';
import { renderDeployment } from '../../src/workloads/deployment.ts';
import { projectRevision, renderRecord } from '../../src/workloads/record.ts';
import { APP, blueprintOf, contentOf, freeze, given, NOW, rawApp, stored } from '../given.ts';
import { lines } from './table.ts';

/** The scheme of the operator before this one: other digits of another hash. */
const FORMER = 'v0';
beforeEach(() => {
  SCHEMES[FORMER] = (content) =>
    createHash('sha512')
      .update(`former ${content}`)
      .digest('hex')
      .replace(/[^2456789bcdf]/g, 'x');
});
afterEach(() => {
  Reflect.deleteProperty(SCHEMES, FORMER);
});

const text = canonical({ ...contentOf('two'), config: contentOf('two').config } as unknown as Json);
const fingerprint = (): Fingerprint => fingerprintUnder(FORMER, text)!;
const former = (): VersionId => idOf(APP, fingerprint());

test('content has one fingerprint of each scheme, the present one first', () => {
  expect(fingerprintsOf(text)).toEqual([fingerprintOf(text), fingerprint()]);
});

/** An App whose only record was made by the operator before, with its instance and Service, at rest. */
function upgraded(latest: string): Snapshot {
  const seen = given({ latest, versions: { two: { instances: [{ replicas: 3 }] } }, switches: ['two'] });
  const app = parse(rawApp({ latest, status: {} }));
  const today = seen.records[0]!.id;
  const author: App = { ...app, content: text, fingerprint: fingerprint() };
  const record = projectRevision(stored(renderRecord(author, blueprintOf(author, former())), {})) as RecordSeen;
  const rename = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll(today, former())) as T;
  const { answers, taken, refusals, notes } = seen;
  const verified = new Map([...seen.verified].map(([name, uid]) => [rename(name), rename(uid)]));
  const instance = rename(seen.instances[0]!);
  return freeze({
    ...rename({ ...seen, answers: {}, taken: {}, notes: {} }),
    ...{ answers, taken, refusals, verified, notes },
    app: rename({ ...parse(rawApp({ latest, status: seen.app.status })), status: seen.app.status }),
    records: [record],
    configs: seen.configs.map((config) => ({ ...rename(config), owner: { kind: 'ControllerRevision', name: former(), uid: record.uid } })),
    instances: [{ ...instance, specHash: 'specHash' }],
  });
}

test('a record of the former scheme is believed for what it says', () => {
  expect(upgraded('two').records).toMatchObject([{ authentic: true, fingerprint: expect.stringMatching(/^v0:/), id: former() }]);
});

test('an App that did not change creates nothing, moves nothing, and keeps its id', () => {
  const { actions, status } = plan(upgraded('two'), NOW);
  expect(actions).toEqual([]);
  expect(status).toMatchObject({ latestVersion: former(), activeVersion: former() });
  expect(status.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True', reason: 'Serving' });
});

test('a fresh instance of it is what the former one was', () => {
  const seen = upgraded('two');
  const app = seen.app as App;
  const made = plan(freeze({ ...seen, instances: [] }), NOW);
  expect(lines(made.actions)[0]).toBe(`rehearse ${former()} ×3`);
  const [action] = made.actions;
  expect(action).toMatchObject({
    question: { object: renderDeployment(app, former(), former() as never, readContent(text), 3), fingerprint: fingerprint() },
  });
});

test('content that changes is recorded under the present scheme', () => {
  const { status, actions } = plan(upgraded('three'), NOW);
  expect(lines(actions)).toEqual(['rehearse three ×3']);
  expect(status.latestVersion).not.toBe(former());
});

test('a record of a scheme that this operator does not know is not believed, and no error', () => {
  const author: App = { ...(upgraded('two').app as App), content: text, fingerprint: `v9:${'x'.repeat(54)}` as Fingerprint };
  const record = projectRevision(stored(renderRecord(author, blueprintOf(author, former())), {}));
  expect(record).toMatchObject({ authentic: false });
});
