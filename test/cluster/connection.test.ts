// The API server restarts, forgets a token, or comes back with another certificate: the same process goes on, and what was asked for right
// afterwards is rolled out.
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { renderKubeconfig } from '../../deploy/local/kubeconfig.ts';
import { FAULTS } from '../shell/faults.ts';
import { must } from './admin.ts';
import { Front } from './front.ts';
import { condition, OPERATOR, polled, SYSTEM, template } from './harness.ts';
import type { Place } from './harness.ts';
import { openOwnStage } from './opening.ts';
import type { OperatorProcess } from './process.ts';
import { credentialOf } from './writers.ts';

const TEST_MS = 180_000;
/** What a loaded machine may add to a bound of waits: nine watches connect and the App is decided. */
const MACHINE_MS = 3_000;
const WATCHED = ['immutableapps', 'controllerrevisions', 'configmaps', 'deployments', 'services', 'endpointslices', 'pods', 'replicasets'];

let front: Front;
let operator: OperatorProcess | undefined;
afterAll(async () => {
  await (front as Front | undefined)?.close();
});
// One that has just started refuses everybody for a moment, until it has read its roles.
const stage = openOwnStage({ because: 'it stops the API server', refusals: true }, async (stage) => {
  front = await Front.open(stage.cluster);
});
afterEach(async () => {
  await operator?.kill();
});

const boundOf = (fault: string): number => FAULTS.find((row) => row.fault === fault)!.boundMs + MACHINE_MS;

/** A token of the operator that is good for as long as a Secret of this name is there. */
async function tokenBoundTo(secret: string): Promise<string> {
  const path = `/api/v1/namespaces/${SYSTEM}`;
  const made = must(
    await stage.admin.post<{ metadata: { uid: string } }>(`${path}/secrets`, {
      metadata: { name: secret },
      apiVersion: 'v1',
      kind: 'Secret',
    }),
  );
  const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: secret, uid: made.metadata.uid };
  const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600, boundObjectRef } };
  return must(await stage.admin.post<{ status: { token: string } }>(`${path}/serviceaccounts/immutableapp/token`, asked)).status.token;
}

/** Writes the kubeconfig by which the operator comes through the front; nobody sees half of it. */
async function believe(path: string, token: string): Promise<void> {
  await writeFile(`${path}.new`, renderKubeconfig(front.url, front.ca, OPERATOR, { token }));
  await rename(`${path}.new`, path);
}

/** Another version, asked for now: how long until the operator has heard of it, and until it serves. */
async function update(place: Place, n: number): Promise<{ heardMs: number; servingMs: number }> {
  const since = performance.now();
  const app = await place.update({ replicas: 2, template: template({ image: `example/web:${n}` }) });
  await place.reported(app, () => true, 'is heard of', TEST_MS / 2);
  const heardMs = performance.now() - since;
  await place.steady(app);
  return { heardMs, servingMs: performance.now() - since };
}

/** It is the process that was started, and all its watches have been opened by this credential since `at`. */
async function goesOn(credential: string, at: string): Promise<void> {
  expect((await operator!.page('/readyz'))?.status).toBe(200);
  await polled('every watch is open again', async () => {
    const opened = (await stage.audit()).filter((request) => request.credential === credential && request.at > at);
    const watched = new Set(opened.filter(({ verb }) => verb === 'watch').map(({ resource }) => resource));
    return WATCHED.every((resource) => watched.has(resource));
  });
}

/** After a fault that was over at `at`, another version is heard of within the bound, by the same process, and nothing was harmed. */
async function servesOn(fault: string, place: Place, credential: string, at: string): Promise<void> {
  const { heardMs, servingMs } = await update(place, 2);
  process.stderr.write(`${fault}: heard of an update after ${heardMs.toFixed(0)} ms, served it after ${servingMs.toFixed(0)} ms\n`);
  expect(heardMs).toBeLessThan(boundOf(fault));
  await goesOn(credential, at);
  await place.expectSafe();
  // What was not told while the connection was gone is not known: nobody is alarmed by it.
  const answers = place.history('ImmutableApp').flatMap(({ object }) => condition(object, 'Available')?.status ?? []);
  expect(new Set(answers.slice(answers.indexOf('True')))).toEqual(new Set(['True']));
}

test(
  'the API server restarts under a running operator: watches flow again, and an edit made right after is rolled out',
  async () => {
    const kubeconfig = await stage.cluster.kubeconfigFor({ serviceAccount: `${SYSTEM}/immutableapp` });
    // A leader that cannot renew its Lease for ten seconds ends; how long a restart takes is no business of this test.
    operator = await stage.operator(['--no-leader-elect'], kubeconfig);
    const place = await stage.place();
    const old = await place.rollOut({ replicas: 2, template: template({ image: 'example/web:1' }) });
    const pods = place.podsOf(old).map(({ metadata }) => metadata.uid);
    const at = new Date().toISOString();
    await stage.outage(5_000);
    expect(place.podsOf(old).map(({ metadata }) => metadata.uid)).toEqual(pods);
    await servesOn('API server restart', place, credentialOf(kubeconfig), at);
  },
  TEST_MS,
);

test(
  'a token is rotated: the old one is refused, the new one is read from the file, the Lease is kept',
  async () => {
    const kubeconfig = join(stage.cluster.directory, 'rotated-token.kubeconfig');
    const first = await tokenBoundTo('first');
    await believe(kubeconfig, first);
    operator = await stage.operator([], kubeconfig);
    const place = await stage.place();
    await place.rollOut({ replicas: 2, template: template({ image: 'example/web:1' }) });
    await believe(kubeconfig, await tokenBoundTo('second'));
    must(await stage.admin.remove(`/api/v1/namespaces/${SYSTEM}/secrets/first`));
    const refused = async () => {
      const { body } = await stage.cluster.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token: first },
      });
      return (body as { status: { authenticated?: boolean } }).status.authenticated !== true;
    };
    await polled('the old token is good no more', refused);
    const at = new Date().toISOString();
    front.cut();
    await servesOn('token rotation', place, credentialOf(kubeconfig), at);
  },
  TEST_MS,
);

test(
  'the CA is rotated: a certificate that is not trusted makes the new CA be read, the Lease is kept',
  async () => {
    const kubeconfig = join(stage.cluster.directory, 'rotated-ca.kubeconfig');
    const token = await tokenBoundTo('third');
    await believe(kubeconfig, token);
    operator = await stage.operator([], kubeconfig);
    const place = await stage.place();
    await place.rollOut({ replicas: 2, template: template({ image: 'example/web:1' }) });
    const at = new Date().toISOString();
    front.present();
    await believe(kubeconfig, token);
    front.cut();
    await servesOn('CA rotation', place, credentialOf(kubeconfig), at);
  },
  TEST_MS,
);
