// Zero failed requests, and never an answer of a version that should not serve: an App's life on a real node, with 600 requests a second
// through its Service from the first scene to the last. One cluster, one App, one client; every scene begins where the last one ended.
// The operator runs from its image, as deploy/base has it.
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { available, isReady, polled, START_MS } from '../cluster/harness.ts';
import type { App, Pod } from '../cluster/objects.ts';
import { seeded } from '../world/time.ts';
import { PROXY } from './judge.ts';
import { ADDRESS, NODE } from './machine.ts';
import { IN_A_ROW, render } from './report.ts';
import { apache, brokenApache, nginx, own, type Site } from './sites.ts';
import { APP, Theatre } from './theatre.ts';
import { printed, walk } from './walk.ts';

const SWITCHES = Number(process.env.IMMUTABLEAPP_NODE_SWITCHES ?? 30);
const KILLS = Math.max(4, Math.floor(SWITCHES / 20));
const MINUTE = 60_000;

let theatre: Theatre;
let apache2: Site;
beforeAll(async () => {
  theatre = await Theatre.open();
  const { images } = theatre.provisions;
  await theatre.operators.apply({ image: images.operator.reference });
  await theatre.place.steady(await theatre.publish(apache(images.httpd, 'apache-01')), MINUTE);
  apache2 = apache(images.httpd, 'apache-02', '2-apache-config.yaml');
  await theatre.begin();
}, START_MS);
afterAll(() => (theatre as Theatre | undefined)?.close(), MINUTE);

const scene = (name: string, play: () => Promise<void>, ms = 2 * MINUTE): void => {
  test(name, () => theatre.scene(name, play), ms);
};

/** What is published now serves, and new connections lead there. */
async function rolledOut(site: Site, more: object = {}): Promise<void> {
  await theatre.place.serving(await theatre.publish(site, more), MINUTE);
  await theatre.arrived(site.version);
}

async function pointed(version: string): Promise<void> {
  await theatre.place.serving(await theatre.place.point(version), MINUTE);
  await theatre.arrived(version);
}

/** Somewhere else than where traffic is, of two. */
const elsewhere = (): string => (theatre.serving() === 'nginx-01' ? 'apache-02' : 'nginx-01');

/** So many events after the next change of the namespace; a switch is about eight. */
const events = (count: number): Promise<void> =>
  new Promise((resolve) => {
    let left = count;
    const stop = theatre.stage.recorder.onEvent(theatre.place.namespace, () => {
      if (--left > 0) return;
      stop();
      resolve();
    });
  });

/** Kills an operator; another pod takes its place without the back-off of this one. */
async function killed(name: string, when: () => Promise<unknown>): Promise<void> {
  const pid = await theatre.operators.pid(name);
  await when();
  process.kill(pid, 'SIGKILL');
  await theatre.operators.replace(name);
}
const servingPods = (): Pod[] => theatre.place.podsOf(theatre.selected()!);
const uids = (pods: readonly Pod[]): string[] => pods.map(({ metadata }) => metadata.uid).toSorted();

describe('the stories', () => {
  scene('config update', () => rolledOut(apache2));
  scene('Apache is replaced by Nginx', () => rolledOut(nginx(theatre.provisions.images.nginx, 'nginx-01')));
  scene('rollback, warm', () => pointed('apache-02'));
  scene(
    `${SWITCHES} ${IN_A_ROW}`,
    async () => {
      for (let i = 0; i < SWITCHES; i++) {
        await pointed(i % 2 === 0 ? 'nginx-01' : 'apache-02');
        // So that the judge may tell: from here on the version that was left is wrong.
        await theatre.pause(PROXY / 1000);
      }
    },
    SWITCHES * 10_000,
  );
  scene('rollback, cold', async () => {
    await theatre.place.until('apache-01 is cold', () => theatre.place.list('Deployment').length === 2);
    await pointed('apache-01');
  });
});

describe('pods that are not as they should be', () => {
  scene('slow to start: ready after 10 s', () => rolledOut(own(theatre.provisions.images.server, 'late-01', { readyAfterSeconds: 10 })));

  scene('slow to answer, and gone at once: answers of 3.5 s are under way while their pods are deleted', async () => {
    const { images } = theatre.provisions;
    const hasty = { retention: { warm: 0, warmSeconds: 0 }, promotion: { drainSeconds: 0 } };
    await rolledOut(own(images.server, 'slow-01', { answerMs: 3_500 }), hasty);
    await theatre.pause(5_000);
    const slow = theatre.selected()!;
    await rolledOut(own(images.server, 'quick-01'), hasty);
    await theatre.place.until('the slow pods are gone', () => theatre.place.podsOf(slow).length === 0, MINUTE);
  });

  scene('one of two loses readiness right after the switch', async () => {
    const instance = async () => {
      await rolledOut(own(theatre.provisions.images.server, 'forgetful-01'));
      return theatre.selected()!;
    };
    const serving = await instance();
    const [pod] = servingPods() as (Pod & { status: { podIP: string } })[];
    await fetch(`http://${pod!.status.podIP}:8080/unready`, { method: 'POST' });
    await theatre.place.until('it is not ready', () => servingPods().some((each) => !isReady(each)));
    await theatre.pause(3_000);
    expect(theatre.selected()).toBe(serving);
  });

  scene('a version that crashes: what serves goes on serving', async () => {
    const serving = theatre.selected();
    const app = await theatre.publish(brokenApache(theatre.provisions.images.httpd, 'broken-01'), {
      promotion: { progressDeadlineSeconds: 5 },
    });
    await theatre.place.stalled(app, 'VersionFailed', MINUTE);
    expect(theatre.selected()).toBe(serving);
  });
});

describe('what runs it all goes away', () => {
  scene('kubelet restarted in the middle of a switch', async () => {
    await pointed('apache-02');
    await pointed('nginx-01');
    const before = uids(servingPods());
    // A kubelet that starts calls every pod unready until it has probed it. Soon after a switch that is what failback is for, so it is off.
    const to = (activeVersion: string) =>
      theatre.place.merge('ImmutableApp', APP, { spec: { activeVersion, promotion: { failbackSeconds: 0 } } });
    const switching = await to('apache-02');
    await theatre.stage.cluster.stopProgram('kubelet');
    await theatre.pause(2_000);
    theatre.stage.cluster.startProgram('kubelet');
    await theatre.place.serving(switching, MINUTE);
    await theatre.arrived('apache-02');
    await theatre.place.serving(await to('nginx-01'), MINUTE);
    await theatre.arrived('nginx-01');
    expect(uids(servingPods())).toEqual(before);
    const node = await theatre.stage.cluster.call('GET', `/api/v1/nodes/${NODE}`);
    expect(JSON.stringify(node.body)).toContain('"KubeletReady"');
  });

  scene('operator upgraded: no pod changes', async () => {
    const { operator } = theatre.provisions.images;
    await theatre.place.until('no pod is leaving', () =>
      theatre.place.list('Pod').every(({ metadata }) => metadata.deletionTimestamp === undefined),
    );
    const before = uids(theatre.place.list('Pod'));
    const moved = theatre.place.selections().length;
    await theatre.operators.apply({ image: await theatre.retagged(operator, 'next'), replicas: 2 });
    await polled('one of them leads', async () => {
      const leader = await theatre.operators.leader();
      return (await theatre.operators.pods()).some(({ metadata }) => metadata.name === leader);
    });
    await theatre.place.settle();
    expect(uids(theatre.place.list('Pod'))).toEqual(before);
    expect(theatre.place.selections()).toHaveLength(moved);
    await pointed(elsewhere());
  });

  scene('leader killed in the middle of a switch: the other takes over', async () => {
    const to = elsewhere();
    const switched = async () => {
      const early = events(2);
      const switching = await theatre.place.point(to);
      await early;
      return switching;
    };
    let switching: App | undefined;
    await killed(await theatre.operators.leader(), async () => (switching = await switched()));
    await theatre.place.serving(switching!, MINUTE);
    await theatre.arrived(to);
    await theatre.operators.ready(2);
  });

  scene(
    `operator killed at random moments of ${KILLS} switches`,
    async () => {
      const seed = Number(process.env.SEED ?? Date.now() % 1e6);
      process.stderr.write(`SEED=${seed}\n`);
      const random = seeded(seed);
      const { reference: image } = theatre.provisions.images.operator;
      // Alone and without an election: the next one starts where the last one died, and not 15 s later.
      await theatre.operators.apply({ image, args: ['--no-leader-elect'] });
      let early = 0;
      for (let i = 0; i < KILLS; i++) {
        const to = elsewhere();
        const [pod] = await theatre.operators.ready(1);
        let switching: App | undefined;
        await killed(pod!.metadata.name, async () => {
          const moment = events(1 + Math.floor(random() * 6));
          switching = await theatre.place.point(to);
          await Promise.race([moment, theatre.place.serving(switching, MINUTE)]);
          if (theatre.serving() !== to) early++;
        });
        await theatre.place.serving(switching!, MINUTE);
        await theatre.arrived(to);
      }
      theatre.facts['operators killed before the Service was seen to move'] = `${early} of ${KILLS}`;
      await theatre.operators.apply({ image, replicas: 2 });
    },
    KILLS * MINUTE,
  );

  test('every promise was kept so far', () => theatre.place.expectSafe());
});

describe('somebody breaks the glass', () => {
  scene('a pod that serves is deleted', async () => {
    const [pod] = servingPods();
    await theatre.place.remove('Pod', pod!.metadata.name);
    const all = () => servingPods().filter((each) => each.metadata.deletionTimestamp === undefined && isReady(each));
    await theatre.place.until(
      'another one serves',
      () => all().length === 2 && all().every(({ metadata }) => metadata.uid !== pod!.metadata.uid),
    );
  });

  scene('the Deployment that serves is edited: refused, and where nothing refuses, a clean instance takes over', async () => {
    const edited = theatre.selected()!;
    const version = theatre.serving();
    const containers = [{ name: 'web', env: [{ name: 'INTRUDER', value: '1' }] }];
    const edit = () => theatre.place.byHand('Deployment', edited, { spec: { template: { spec: { containers } } } }, 'strategic');
    await expect(edit()).rejects.toThrow('runs a published version and is never changed');
    await theatre.stage.kubectl('delete', 'validatingadmissionpolicybinding', 'immutableapp-freeze-deployments');
    await polled('nothing refuses', () =>
      edit().then(
        () => true,
        (error: unknown) => (error as Error).message,
      ),
    );
    await theatre.place.until('a clean instance serves', () => theatre.selected() !== edited, MINUTE);
    expect(theatre.serving()).toBe(version);
    await theatre.place.until('the edited one is gone', () => theatre.place.podsOf(edited).length === 0, MINUTE);
    await theatre.stage.enforce();
  });

  scene('the Deployment that serves is deleted: its leaving pods serve until a clean instance does', async () => {
    const name = theatre.selected()!;
    const version = theatre.serving();
    const { uid } = theatre.place.find('Deployment', name)!.metadata;
    const leaving = new Set(uids(servingPods()));
    await theatre.place.removeByHand('Deployment', name);
    await theatre.place.until(
      'a clean instance serves',
      () => {
        const now = theatre.place.find('Deployment', theatre.selected()!);
        return now !== undefined && now.metadata.uid !== uid && available(now) === 2;
      },
      MINUTE,
    );
    expect(theatre.serving()).toBe(version);
    await theatre.place.until(
      'the leaving pods are gone',
      () => theatre.place.list('Pod').every(({ metadata }) => !leaving.has(metadata.uid)),
      MINUTE,
    );
  });

  scene('failback: all pods go and no other starts', async () => {
    const dependency = createServer((_, answer) => answer.end());
    await new Promise<void>((resolve) => dependency.listen(0, ADDRESS, resolve));
    const address = `http://${ADDRESS}:${(dependency.address() as { port: number }).port}/`;
    const [before, version] = [theatre.selected()!, theatre.serving()];
    await rolledOut(own(theatre.provisions.images.server, 'dependent-01', { dependency: address }));
    dependency.closeAllConnections();
    await new Promise((resolve) => dependency.close(resolve));
    for (const { metadata } of servingPods()) await theatre.place.remove('Pod', metadata.name);
    await theatre.place.until('the Service is back', () => theatre.selected() === before, MINUTE);
    await theatre.arrived(version);
    await theatre.place.told((app) => app.status?.versions?.[0]?.state === 'Failed', 'dependent-01 has failed', MINUTE, APP);
  });
});

describe('a team walks out, and in again, by the lines that the plugin prints', () => {
  scene(
    'the App becomes a Deployment',
    async () => {
      await rolledOut(nginx(theatre.provisions.images.nginx, 'nginx-02'));
      await walk(theatre, await printed(theatre, 'deployment.yaml', `iapp/${APP}`));
      await theatre.place.until('nothing of the App is left', () =>
        theatre.place.list('Pod').every(({ metadata }) => metadata.labels?.['immutableapp.io/app'] === undefined),
      );
      await theatre.arrived('nginx-02');
    },
    3 * MINUTE,
  );

  scene(
    'and the Deployment an App',
    async () => {
      await walk(theatre, await printed(theatre, 'app.yaml', `deployment/${APP}`, 'nginx-02'));
      await theatre.place.until(
        'the Deployment is gone',
        () => theatre.place.list('Pod').every(({ metadata }) => metadata.labels?.['immutableapp.io/app'] === APP),
        MINUTE,
      );
      expect(theatre.serving()).toBe('nginx-02');
      await theatre.arrived('nginx-02');
    },
    3 * MINUTE,
  );
});

describe('from beginning to end', () => {
  test('no request failed, and what was published was never edited by the operator', async () => {
    const report = await theatre.finish();
    const kept = process.env.IMMUTABLEAPP_NODE_REPORT;
    if (kept !== undefined) {
      await writeFile(kept, render(report) + '\n');
      await writeFile(kept.replace(/(\.md)?$/, '.json'), JSON.stringify(report, null, 1) + '\n');
    }
    await theatre.place.expectSafe({ gaps: true, tampered: true, hostile: true });
    await theatre.stage.expectPromisesKept();
  });
});
