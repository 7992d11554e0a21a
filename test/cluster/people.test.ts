// kubectl iapp approve, waive, reject and hold-line on a real API server, by several people at the same moment: what one of them wrote is written
// over by no other.
import { expect, test } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.ts';
import { run } from '../../src/cli/plugin.ts';
import { ANNOTATION } from '../../src/model/vocabulary.ts';
import { SYSTEM, template } from './harness.ts';
import type { Place } from './harness.ts';
import { pathOf } from './objects.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());

const PEOPLE = ['ann', 'bob', 'cid', 'dora', 'eve'];

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** As this person types it, who may do everything. */
async function iapp(person: string, words: readonly string[]): Promise<Ran> {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({ write: (text: string) => (written[name] += text) });
  const exit = await run(COMMANDS, [...words, '--as', person, '--as-group', 'system:masters'], {
    out: stream('out'),
    err: stream('err'),
    environment: { USER: person, KUBECONFIG: stage.cluster.kubeconfig },
    signal: AbortSignal.timeout(TEST_MS),
    now: Date.now,
    read: () => Promise.resolve(''),
    ask: () => Promise.resolve(undefined),
  });
  return { exit, ...written };
}

/** All at once; nobody is told of the others. */
async function all(place: Place, words: (person: string, i: number) => readonly string[]): Promise<void> {
  const ran = await Promise.all(
    PEOPLE.map((person, i) => iapp(person, [...words(person, i), '--no-wait', '--yes', '-n', place.namespace])),
  );
  expect(ran.map(({ exit, err }) => ({ exit, err }))).toEqual(PEOPLE.map(() => ({ exit: 0, err: '' })));
}

const typed = async (place: Place, annotation: string): Promise<readonly string[]> => {
  const { body } = await stage.cluster.call('GET', pathOf('ImmutableApp', place.namespace, 'shop'));
  const { annotations = {} } = (body as { metadata: { annotations?: Record<string, string> } }).metadata;
  return (annotations[annotation] ?? '').split(/, ?/).toSorted();
};

const CLOSED = { timeZone: 'UTC', from: '00:00', to: '00:00', days: ['Mon'], except: ['2000-01-01/2100-01-01'] };

test(
  'five people approve at once: the version passes when all five stand there',
  async () => {
    const place = await stage.place();
    await place.rollOut({});
    await place.update({
      version: '2.0',
      template: template({ image: 'web:2' }),
      promotion: { drainSeconds: 0, before: [{ name: 'signed', approval: { count: PEOPLE.length } }] },
    });
    const { latestVersion } = (await place.told((app) => asks(app, 'ApprovalMissing'), 'it waits for people')).status!;
    await all(place, () => ['approve', 'shop']);
    expect(await typed(place, ANNOTATION.approve)).toEqual(PEOPLE.map((person) => `${latestVersion!} by ${person}`));
    const { status } = await place.told(({ status }) => status?.activeVersion === latestVersion, 'it serves');
    const [last] = status!.history!;
    expect([last!.to, last!.approvedBy?.toSorted()]).toEqual([latestVersion, PEOPLE]);
    expect(await iapp('ann', ['approve', 'shop', '2.0', '-n', place.namespace])).toMatchObject({
      exit: 0,
      err: expect.stringMatching(/^You have approved 2\.0 \(\w+\) of shop already\.\n$/),
    });
  },
  TEST_MS,
);

test(
  'five gates are waived at once: all five are',
  async () => {
    const place = await stage.place();
    await place.rollOut({});
    const before = PEOPLE.map((name) => ({ name, window: CLOSED }));
    await place.update({ version: '2.0', template: template({ image: 'web:2' }), promotion: { drainSeconds: 0, before } });
    const { latestVersion } = (await place.told((app) => asks(app, 'WindowClosed'), 'it waits')).status!;
    await all(place, (person) => ['waive', 'shop', '2.0', person]);
    expect(await typed(place, ANNOTATION.waive)).toEqual(PEOPLE.map((gate) => `${latestVersion!}/${gate}`));
    await place.told(({ status }) => status?.activeVersion === latestVersion, 'it serves');
    expect(await iapp('ann', ['waive', 'shop', '2.0', 'anne', '-n', place.namespace])).toMatchObject({
      exit: 1,
      err: 'Error: shop has no gate anne: did you mean ann?\n',
    });
  },
  TEST_MS,
);

test(
  'two versions are rejected at once: both are',
  async () => {
    const place = await stage.place();
    const ids: string[] = [];
    for (const image of ['web:1', 'web:2', 'web:3']) ids.push(await place.rollOut({ template: template({ image }) }));
    const [one, two] = ids;
    await all(place, (_, i) => ['reject', 'shop', i % 2 === 0 ? one! : two!]);
    expect(await typed(place, ANNOTATION.reject)).toEqual([one, two].toSorted());
  },
  TEST_MS,
);

test(
  'of several who hold the line one does, and the others are told by whom it is held',
  async () => {
    const ran = await Promise.all(PEOPLE.map((person) => iapp(person, ['hold-line', `ask ${person}`])));
    const { body } = await stage.cluster.call('GET', pathOf('Lease', SYSTEM, 'immutableapp'));
    const held = (body as { metadata: { annotations: Record<string, string> } }).metadata.annotations[ANNOTATION.line]!;
    // Whoever read it only after another had written was told so before, and has overwritten knowingly.
    ran.forEach(({ exit, out, err }) => {
      if (exit === 0) expect(out).toMatch(/Written\.$/m);
      else
        expect(err).toMatch(
          /^Error: nothing was written: somebody has held the line meanwhile \(ask \w+\); if you still want it, say it again\n$/,
        );
    });
    const last = ran[PEOPLE.indexOf(held.replace('ask ', ''))]!;
    expect(last.exit).toBe(0);
    ran
      .filter((each) => each.exit === 0 && each !== last)
      .forEach(() => {
        expect(last.out).toContain('It was held already: ');
      });
    expect(await iapp('ann', ['hold-line', '--release'])).toMatchObject({
      exit: 0,
      out: expect.stringContaining('Promotions begin again.'),
    });
    expect(await iapp('ann', ['hold-line'])).toMatchObject({ exit: 0, out: 'The line is not held: promotions begin.\n' });
  },
  TEST_MS,
);

function asks(
  { status }: { readonly status?: { readonly versions?: readonly { readonly gates?: readonly { readonly reason?: string }[] }[] } },
  reason: string,
): boolean {
  return status?.versions?.some(({ gates = [] }) => gates.some((gate) => gate.reason === reason)) === true;
}
