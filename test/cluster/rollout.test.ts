// The main job on a real API server: apply, update, switch. Each test's name says what users are promised.
import { expect, test } from '@jest/globals';
import { available, condition, GC_MS, HELD, owned, selectedBy, stampOn, template } from './harness.ts';
import type { Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());

const httpd = (text: string) => [{ name: 'httpd', mountPath: '/etc/httpd', data: { 'httpd.conf': text } }];

test(
  'apply → one version, Service moved only when all replicas are available',
  async () => {
    const place = await stage.place();
    const app = await place.update({ replicas: 3, template: template({ annotations: HELD }) });
    const instance = await place.heldUp(3);
    await place.release(instance, 2);
    // The report that tells of two available pods comes from a decision that saw them, and it did not move the Service.
    const seesTwo = await place.reported(app, ({ status }) => status?.versions?.[0]?.instances?.[0]?.ready === 2, 'reports two ready pods');
    expect(condition(seesTwo, 'Ready')).toMatchObject({ status: 'False', reason: 'BringingUp' });
    expect(condition(seesTwo, 'Available')).toMatchObject({ status: 'False' });
    await place.release(instance);
    const done = await place.steady(app);
    expect(condition(done, 'Available')).toMatchObject({ status: 'True' });
    expect(await place.route()).toEqual([instance]);
    const moved = place.selections().find((selection) => selection.instance !== undefined)!;
    expect(moved.version).toBeGreaterThan(Number(seesTwo.metadata.resourceVersion));
    expect(available(place.before('Deployment', instance, moved.version))).toBe(3);
    expect(place.versions()).toEqual([instance]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'update under a watch → selector changes exactly once, old instance intact until drained',
  async () => {
    const place = await stage.place();
    const spec = { replicas: 2, promotion: { drainSeconds: 2 }, retention: { warm: 0 } };
    const old = await place.rollOut({ ...spec, config: httpd('Listen 80') });
    const pods = place.podsOf(old).map(({ metadata }) => metadata.uid);
    const app = await place.update({ ...spec, config: httpd('Listen 8080') });
    await place.until('the old instance is gone', () => place.find('Deployment', old) === undefined);
    const { status } = await place.steady(app);
    const next = status!.activeVersion!;
    expect(await place.route()).toEqual([old, next]);

    // Every version of the old Deployment but its deletion has all its pods, and none of them was touched before it was drained.
    const [moved] = place.selections().slice(-1);
    const history = place.history('Deployment', old);
    const up = history.findIndex(({ object }) => available(object) === 2);
    const serving = history.slice(up).filter(({ gone, object }) => !gone && object.metadata.deletionTimestamp === undefined);
    expect(serving.map(({ object }) => [object.spec.replicas, available(object)])).toEqual(serving.map(() => [2, 2]));
    const deleted = history.find(({ gone }) => gone)!;
    expect(deleted.at - moved!.at).toBeGreaterThanOrEqual(1_950);
    const lost = place
      .history('Pod')
      .filter(({ object, gone }) => pods.includes(object.metadata.uid) && (gone || object.metadata.deletionTimestamp !== undefined));
    expect(lost.map(({ version }) => version > deleted.version)).toEqual(lost.map(() => true));

    // Each version has a config of its own, which nobody can change; the old one stays for a rollback.
    const configs = place.list('ConfigMap').filter(({ immutable }) => immutable === true);
    expect(configs.map(({ metadata, data }) => [metadata.name, data]).toSorted()).toEqual(
      [
        [`${old}.httpd`, { 'httpd.conf': 'Listen 80' }],
        [`${next}.httpd`, { 'httpd.conf': 'Listen 8080' }],
      ].toSorted(),
    );
    const volumes = place.find('Deployment', next)?.spec.template.spec.volumes?.map(({ configMap }) => configMap?.name);
    expect(volumes).toEqual([`${next}.httpd`]);
    await place.expectSafe();
  },
  TEST_MS,
);

const percentile = (sorted: readonly number[], p: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))]!;

test(
  'switch to a warm version by name: one Service patch, under 100 ms',
  async () => {
    const SWITCHES = 20;
    const place = await stage.place();
    const spec = { replicas: 2 };
    const versions = [
      await place.rollOut({ ...spec, version: '1.0', template: template({ image: 'example/web:1' }) }),
      await place.rollOut({ ...spec, version: '2.0', template: template({ image: 'example/web:2' }) }),
    ];
    const deployments = place.list('Deployment').map(({ metadata, spec: { replicas } }) => [metadata.uid, metadata.generation, replicas]);
    const patchesBefore = (await stage.audit(place.namespace)).filter(
      ({ verb, resource }) => verb === 'patch' && resource === 'services',
    ).length;
    const times: number[] = [];
    for (let switchNumber = 0; switchNumber < SWITCHES; switchNumber++) {
      const [name, instance] = switchNumber % 2 === 0 ? ['1.0', versions[0]] : ['2.0', versions[1]];
      const app = await place.point(name);
      const answered = performance.now();
      const moved = await place.until('the Service has moved', () =>
        place.selections().findLast((selection) => selection.instance === instance && selection.at > answered - 50),
      );
      times.push(Math.max(0, moved.at - answered));
      await place.steady(app);
    }
    const sorted = times.toSorted((a, b) => a - b);
    const [p50, p99] = [percentile(sorted, 0.5), percentile(sorted, 0.99)];
    process.stderr.write(`warm switch: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms of ${SWITCHES}\n`);
    expect(p50).toBeLessThan(100);
    const audited = await stage.audit(place.namespace);
    expect(audited.filter(({ verb, resource }) => verb === 'patch' && resource === 'services').length - patchesBefore).toBe(SWITCHES);
    expect((await place.route()).length).toBe(2 + SWITCHES);
    // No pod was started, stopped or touched for it.
    expect(place.list('Deployment').map(({ metadata, spec: { replicas } }) => [metadata.uid, metadata.generation, replicas])).toEqual(
      deployments,
    );
    expect(place.find('ImmutableApp', 'shop')?.status?.history?.length).toBe(20);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'switch to a cold one: a new instance from its record, config and image together',
  async () => {
    const place = await stage.place();
    const spec = { replicas: 2, retention: { warm: 0 } };
    const old = await place.rollOut({
      ...spec,
      version: 'apache-1',
      template: template({ image: 'httpd:2.4' }),
      config: httpd('Listen 80'),
    });
    const first = place.find('Deployment', old)!;
    const config = place.find('ConfigMap', `${old}.httpd`)!;
    const next = await place.rollOut({ ...spec, version: 'nginx-1', template: template({ image: 'nginx:1' }) });
    await place.until('the first version is cold', () => place.find('Deployment', old) === undefined);
    await place.steady(await place.point('apache-1'));
    const again = place.find('Deployment', old)!;
    expect(await place.route()).toEqual([old, next, old]);
    expect(again.metadata.uid).not.toBe(first.metadata.uid);
    expect(again.spec).toEqual(first.spec);
    expect(place.find('ConfigMap', `${old}.httpd`)?.metadata.uid).toBe(config.metadata.uid);
    expect(place.versions()).toEqual([old, next].toSorted());
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'A→B→A makes two versions, not three',
  async () => {
    const place = await stage.place();
    const [a, b] = [template({ image: 'example/a:1' }), template({ image: 'example/b:1' })];
    const first = await place.rollOut({ template: a });
    const second = await place.rollOut({ template: b });
    expect(await place.rollOut({ template: a })).toBe(first);
    expect(await place.route()).toEqual([first, second, first]);
    expect(
      place
        .history('ControllerRevision')
        .filter(({ gone }) => !gone)
        .map(({ name }) => name),
    ).toEqual([first, second]);
    expect(
      place
        .history('Deployment')
        .map(({ object }) => object.metadata.uid)
        .filter((uid, i, all) => all.indexOf(uid) === i).length,
    ).toBe(2);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a record can be labelled like any object, and its data cannot be changed',
  async () => {
    const place = await stage.place();
    const weird = 'ServerName "x" <a & b> \u2028 é 😀 \t\b';
    const id = await place.rollOut({ config: [{ name: 'httpd', data: { 10: weird, 9: weird, '-a': weird, Z: weird, a: weird } }] });
    const record = place.find('ControllerRevision', id)!;
    // Any patch makes the API server write data anew and compare: it must find the very bytes that we sent.
    await stage.kubectl('-n', place.namespace, 'label', 'controllerrevision', id, 'team=web');
    expect((await stage.admin.merge(place.path('ControllerRevision', id), { data: { name: 'other' } })).code).toBe(422);
    await place.settle();
    expect(place.find('ControllerRevision', id)).toMatchObject({
      metadata: { uid: record.metadata.uid, labels: { team: 'web' } },
      data: record.data,
    });
    await place.expectSafe();
  },
  TEST_MS,
);

const reversed = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(reversed)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .toReversed()
            .map(([key, member]) => [key, reversed(member)]),
        )
      : value;

test(
  'reordered keys, labels on the App and changed replicas make none',
  async () => {
    const place = await stage.place();
    const spec = { template: template({ labels: { app: 'web', tier: 'front' } }), config: httpd('Listen 80') };
    const id = await place.rollOut(spec);
    const deployment = place.find('Deployment', id)!;
    await place.apply(reversed(place.app(spec)) as object);
    await place.merge('ImmutableApp', 'shop', {
      metadata: { labels: { 'argocd.argoproj.io/instance': 'shop' }, annotations: { note: 'x' } },
    });
    // The last change is the one that shows in the report: what came before it was seen too.
    await place.steady(await place.apply(place.app({ ...spec, replicas: 3 })));
    await place.settle();
    expect(place.history('ControllerRevision').map(({ name }) => name)).toEqual([id]);
    expect(place.list('Deployment').map(({ metadata }) => metadata.uid)).toEqual([deployment.metadata.uid]);
    expect(place.find('Deployment', id)?.spec.replicas).toBe(3);
    expect(place.find('Deployment', id)?.metadata.labels).toEqual(deployment.metadata.labels);
    expect(await place.route()).toEqual([id]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'Manual: a newer version waits as a preview, Ready=True/AwaitingActivation, until activeVersion names it',
  async () => {
    const place = await stage.place();
    const spec = { replicas: 3, promotion: { mode: 'Manual', previewReplicas: 2 }, services: [owned(), owned('web-next', 'Preview')] };
    const old = await place.rollOut({ ...spec, version: '1' });
    expect(await place.route('web-next')).toEqual([old]); // nothing newer: what serves
    const app = await place.update({ ...spec, version: '2', template: template({ image: 'example/web:2' }) });
    const waiting = await place.reported(
      app,
      (now) =>
        condition(now, 'Ready')?.reason === 'AwaitingActivation' &&
        condition(now, 'Reconciling') === undefined &&
        now.status?.versions?.[0]?.instances?.[0]?.ready === 2,
      'awaits activation',
    );
    const next = waiting.status!.latestVersion!;
    expect(condition(waiting, 'Ready')).toMatchObject({ status: 'True' });
    expect(waiting.status).toMatchObject({ activeVersion: old });
    expect(waiting.status?.versions?.find(({ id }) => id === next)).toMatchObject({
      state: 'Preview',
      instances: [{ name: next, role: 'Preview', desired: 2 }],
    });
    await place.until('the Preview Service shows it', () => place.selections('web-next').at(-1)?.instance === next);
    expect(await place.route()).toEqual([old]);

    await place.steady(await place.point('2'));
    expect(await place.route()).toEqual([old, next]);
    expect(place.find('Deployment', next)?.spec.replicas).toBe(3);
    expect(await place.route('web-next')).toEqual([old, next]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'what a human passed over is held: activeVersion taken away again, the newer version does not come back',
  async () => {
    const place = await stage.place();
    const [a, b, c] = ['a', 'b', 'c'].map((image) => ({ version: image, template: template({ image }) }));
    const first = await place.rollOut(a!);
    const second = await place.rollOut(b!);
    await place.steady(await place.point('a'));
    const freed = await place.steady(await place.point(''));
    expect(freed.status).toMatchObject({ activeVersion: first, latestVersion: second });
    expect(freed.status?.versions?.find(({ id }) => id === second)).toMatchObject({ reason: 'Held' });
    expect(await place.route()).toEqual([first, second, first]);
    const third = await place.rollOut(c!); // content that came later is not held
    expect(await place.route()).toEqual([first, second, first, third]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'several Active Services move together, under one switch',
  async () => {
    const place = await stage.place();
    const spec = { services: [owned('web'), owned('admin'), owned('metrics')] };
    const old = await place.rollOut(spec);
    const next = await place.rollOut({ ...spec, template: template({ image: 'example/web:2' }) });
    for (const service of ['web', 'admin', 'metrics']) expect(await place.route(service)).toEqual([old, next]);
    const stamps = ['web', 'admin', 'metrics'].map((name) => stampOn(place.find('Service', name)));
    expect(new Set(stamps.map((stamp) => JSON.stringify(stamp))).size).toBe(1);
    expect(stamps[0]).toMatchObject({ switchNumber: 2, instance: next, previous: old });
    expect(place.events().filter(({ reason }) => reason === 'Switched').length).toBe(2);
    await place.expectSafe();
  },
  TEST_MS,
);

const uniqueDeployments = (place: Place) => [...new Set(place.history('Deployment').map(({ name }) => name))];

test(
  'worker: without an Active Service, the old version goes when the new one is available',
  async () => {
    const place = await stage.place();
    const spec = { services: [], replicas: 2 };
    const old = await place.rollOut(spec);
    const app = await place.update({ ...spec, template: template({ image: 'example/worker:2', annotations: HELD }) });
    const next = await place.heldUp(2, old);
    await place.release(next, 1);
    await place.deployment(next, 'has one available pod', (deployment) => available(deployment) === 1);
    await place.release(next);
    await place.steady(app);
    await place.until('the old instance is gone', () => place.find('Deployment', old) === undefined);
    await place.settle();
    const end = place
      .history('Deployment', old)
      .find(({ gone, object }) => gone || object.metadata.deletionTimestamp !== undefined || object.spec.replicas === 0)!;
    expect(available(place.before('Deployment', next, end.version))).toBe(2);
    expect(place.list('Service')).toEqual([]);

    // In Manual mode a worker has no preview: running would be serving.
    const manual = { ...spec, promotion: { mode: 'Manual' } };
    const waiting = await place.reported(
      await place.update({ ...manual, version: '3', template: template({ image: 'example/worker:3' }) }),
      (now) => condition(now, 'Ready')?.reason === 'AwaitingActivation',
      'awaits activation',
    );
    expect(waiting.status?.versions?.[0]).toMatchObject({ id: waiting.status!.latestVersion, state: 'Cold' });
    expect(uniqueDeployments(place)).toEqual([old, next]);
    const third = (await place.steady(await place.point('3'))).status!.activeVersion!;
    expect(uniqueDeployments(place)).toEqual([old, next, third]);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'scale subresource and replicas edit during a rollout',
  async () => {
    const place = await stage.place();
    const old = await place.rollOut({ replicas: 2 });
    await place.update({ replicas: 2, template: template({ image: 'example/web:2', annotations: HELD }) });
    const next = await place.heldUp(2, old);
    // As an autoscaler does it.
    await place.merge('ImmutableApp', 'shop', { spec: { replicas: 4 } }, '/scale');
    await place.heldUp(4, old);
    await place.deployment(old, 'serves with four', (deployment) => available(deployment) === 4);
    const app = await place.merge('ImmutableApp', 'shop', { spec: { replicas: 3 } });
    await place.heldUp(3, old);
    await place.deployment(old, 'serves with three', (deployment) => deployment.spec.replicas === 3 && available(deployment) === 3);
    await place.release(next);
    const { status } = await place.steady(app);
    expect(status).toMatchObject({ replicas: 3, readyReplicas: 3, activeInstance: next });
    expect(await place.route()).toEqual([old, next]);
    const scale = await stage.admin.get<{ status: { replicas: number; selector: string } }>(`${place.path('ImmutableApp', 'shop')}/scale`);
    expect(scale.body.status.replicas).toBe(3);
    const pods = await stage.admin.get<{ items: unknown[] }>(
      `${place.path('Pod')}?labelSelector=${encodeURIComponent(scale.body.status.selector)}`,
    );
    expect(pods.body.items.length).toBe(3);
    // The warm one follows, so that a switch back costs no capacity.
    await place.steady(
      await place.merge('ImmutableApp', 'shop', { spec: { replicas: 1 } }, '/scale').then(() => place.find('ImmutableApp', 'shop') ?? app),
    );
    for (const name of [old, next])
      await place.deployment(name, 'has one pod', (deployment) => deployment.spec.replicas === 1 && available(deployment) === 1);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'minReadySeconds: traffic moves no sooner than that after the last pod is available',
  async () => {
    const place = await stage.place();
    const spec = { promotion: { minReadySeconds: 2 } };
    await place.rollOut({});
    const next = await place.rollOut({ ...spec, template: template({ image: 'example/web:2' }) });
    await place.settle();
    const ready = place.history('Deployment', next).find(({ object }) => available(object) === 1)!;
    const moved = place.selections().find(({ instance }) => instance === next)!;
    // Where much goes on, news of the one comes later than news of the other.
    expect(moved.at - ready.at).toBeGreaterThanOrEqual(1_500);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'pods that never become ready: past the deadline the version has failed, one stays for its logs, the old version serves',
  async () => {
    const place = await stage.place();
    const old = await place.rollOut({ replicas: 2 });
    const bad = {
      replicas: 2,
      promotion: { progressDeadlineSeconds: 2 },
      template: template({ image: 'example/web:bad', annotations: { 'test.immutableapp.io/ready': 'crash' } }),
    };
    const app = await place.update(bad);
    const failed = await place.stalled(app, 'VersionFailed');
    const next = failed.status!.latestVersion!;
    expect(condition(failed, 'Available')).toMatchObject({ status: 'True' });
    expect(condition(failed, 'Ready')).toMatchObject({ status: 'False' });
    expect(failed.status?.versions?.find(({ id }) => id === next)).toMatchObject({ state: 'Failed', reason: 'CrashLoop' });
    await place.until('one pod is left', () => place.find('Deployment', next)?.spec.replicas === 1 && place.podsOf(next).length === 1);
    const events = await place.until('both events', () => {
      const reasons = place.events().map(({ reason }) => reason);
      return reasons.includes('CrashLoop') && reasons.includes('VersionFailed') && reasons;
    });
    expect(events).toEqual(expect.arrayContaining(['Minted', 'Switched']));
    const good = await place.rollOut({ replicas: 2, retention: { failedSeconds: 0 }, template: template({ image: 'example/web:good' }) });
    expect(await place.route()).toEqual([old, good]);
    await place.until('what failed is gone', () => place.find('Deployment', next) === undefined);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'warm and retention: one stays warm for as long as asked, records beyond the limit go with their config',
  async () => {
    const place = await stage.place();
    const spec = (n: number) => ({ retention: { warm: 1, warmSeconds: 600, versions: 2 }, config: httpd(`Listen ${n}`) });
    const ids = [await place.rollOut(spec(1)), await place.rollOut(spec(2)), await place.rollOut(spec(3))];
    const names = () =>
      place
        .list('Deployment')
        .map(({ metadata }) => metadata.name)
        .toSorted();
    await place.until('the first has left', () => place.find('Deployment', ids[0]!) === undefined);
    expect(names()).toEqual(ids.slice(1).toSorted());
    await place.until(
      'its record and config have gone',
      () => place.find('ControllerRevision', ids[0]!) === undefined && place.find('ConfigMap', `${ids[0]!}.httpd`) === undefined,
      GC_MS,
    );
    const warm = await place.reported(
      await place.update(spec(3)),
      ({ status }) => status?.versions?.find(({ id }) => id === ids[1])?.state === 'Warm',
      'keeps one warm',
    );
    expect(warm.status?.versions?.map(({ id, state }) => [id, state])).toEqual([
      [ids[2], 'Active'],
      [ids[1], 'Warm'],
    ]);
    // Warm no longer than that.
    await place.update({ ...spec(3), retention: { ...spec(3).retention, warmSeconds: 1 } });
    await place.until('the second has cooled', () => place.find('Deployment', ids[1]!) === undefined);
    expect(place.versions()).toEqual(ids.slice(1).toSorted());
    expect(await place.route()).toEqual(ids);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'paused: nothing is created, switched or retired; scaling and the repair of selectors go on',
  async () => {
    const place = await stage.place();
    const old = await place.rollOut({ replicas: 1 });
    const paused = { replicas: 2, paused: true, template: template({ image: 'example/web:2' }) };
    const app = await place.update(paused);
    await place.reported(app, (now) => condition(now, 'Ready')?.reason === 'Paused', 'says it is paused');
    await place.deployment(old, 'has two pods', (deployment) => available(deployment) === 2);
    const { metadata } = await place.byHand('Service', 'web', { spec: { selector: null } });
    await place.until(
      'its selector is put back',
      () =>
        selectedBy(place.find('Service', 'web')) === old &&
        Number(place.find('Service', 'web')!.metadata.resourceVersion) > Number(metadata.resourceVersion),
    );
    expect(place.versions()).toEqual([old]);
    const next = await place.rollOut({ ...paused, paused: false });
    expect((await place.route()).filter((name, i, all) => name !== all[i - 1])).toEqual([old, next]);
    await place.expectSafe({ gaps: true });
  },
  TEST_MS,
);

test(
  'ids are the same everywhere; a name that is taken by anything not ours is skipped, and what took it is left alone',
  async () => {
    const [here, there] = [await stage.place(), await stage.place()];
    const id = await here.rollOut({});
    const pod = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a' }] } };
    const foreign = await there.create('Deployment', id, { spec: { replicas: 0, selector: { matchLabels: { a: 'b' } }, template: pod } });
    expect(await there.rollOut({})).toBe(id);
    expect(await there.route()).toEqual([`${id}-2`]);
    expect(there.find('Deployment', id)?.metadata).toMatchObject({ uid: foreign.metadata.uid, generation: 1 });
    await there.expectSafe();
  },
  TEST_MS,
);
