// The plugin beside an operator of another version: what an older one did not report, each in turn, and an image of another tag. It says so where
// it is asked (doctor), and every command that reads goes on.
import { beforeAll, expect, test } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { run } from '../../src/cli/plugin.ts';
import type { ImmutableAppStatus } from '../../src/model/spec.ts';
import { VERSION } from '../../src/flags.ts';
import { template, type Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage();
let place: Place;
let whole: ImmutableAppStatus;
beforeAll(async () => {
  place = await stage.place();
  const operator = await stage.operator();
  const config = (color: string) => [{ name: 'site', data: { 'site.conf': `color ${color}\n` } }];
  await place.rollOut({ version: '1.0', config: config('blue'), template: template({ image: 'example/web:1' }) });
  await place.rollOut({ version: '1.1', config: config('green'), template: template({ image: 'example/web:2' }) });
  await place.settle();
  // From here on nobody mends what is written over it.
  await operator.stop();
  whole = place.find('ImmutableApp', 'shop')!.status as ImmutableAppStatus;
}, TEST_MS);

async function iapp(...words: readonly string[]): Promise<{ readonly exit: number; readonly out: string; readonly err: string }> {
  const written = { out: '', err: '' };
  const exit = await run(COMMANDS, [...words, '-n', place.namespace], {
    out: { write: (text: string) => (written.out += text) },
    err: { write: (text: string) => (written.err += text) },
    environment: { USER: 'ann', KUBECONFIG: stage.cluster.kubeconfig },
    signal: AbortSignal.timeout(TEST_MS),
    now: Date.now,
    read: () => Promise.reject(new Error('nothing is read here')),
    ask: () => Promise.resolve(undefined),
  });
  return { exit, ...written };
}

/** The same status without each field that has one, as patches: `versions.names` of all versions at once. */
function withoutEach(status: object): [name: string, status: object][] {
  return Object.entries(status).flatMap(([name, value]): [string, object][] => {
    const rest = Object.fromEntries(Object.entries(status).filter(([other]) => other !== name));
    const entries: unknown = value;
    if (!Array.isArray(entries)) return [[name, rest]];
    const fields = new Set(entries.flatMap((entry) => Object.keys(entry as object)));
    const less = [...fields].map((field): [string, object] => [
      `${name}.${field}`,
      { ...rest, [name]: entries.map((entry) => Object.fromEntries(Object.entries(entry as object).filter(([key]) => key !== field))) },
    ]);
    return [[name, rest], ...less];
  });
}

/** Writes it; false if every version of the API has to report what is missing. */
async function reported(status: object): Promise<boolean> {
  const path = place.path('ImmutableApp', 'shop');
  const { body: app } = await stage.cluster.call('GET', path);
  const { code, body } = await stage.cluster.call('PUT', `${path}/status`, { ...(app as object), status });
  if (code === 422) expect(JSON.stringify(body)).toContain('Required value');
  else expect(code).toBe(200);
  return code === 200;
}

const READING: readonly (readonly string[])[] = [
  ['status', 'shop'],
  ['why', 'shop'],
  ['versions', 'shop'],
  ['history', 'shop'],
  ['diff', 'shop', '1.0', '1.1'],
  ['pods', 'shop'],
  ['top'],
  ['audit'],
  ['warm'],
  ['back', 'shop', '--dry-run'],
  ['go', 'shop', '1.0', '--dry-run'],
];
const KNOWN: readonly number[] = Object.values(EXIT);

test(
  'whatever of its report is not there, every command that reads goes on, and none makes it up',
  async () => {
    let asked = 0;
    for (const [name, status] of withoutEach(whole)) {
      if (!(await reported(status))) continue;
      for (const words of READING) {
        const { exit, out, err } = await iapp(...words);
        asked++;
        const what = `without ${name}: ${words.join(' ')}`;
        expect({ what, exit: KNOWN.includes(exit) ? 'known' : exit }).toEqual({ what, exit: 'known' });
        expect({ what, said: /undefined|NaN|\[object|null/.exec(`${out}${err}`)?.[0] }).toEqual({ what, said: undefined });
      }
    }
    expect(asked).toBeGreaterThan(30 * READING.length);
  },
  TEST_MS,
);

test(
  'an operator of another version is named, with what to do',
  async () => {
    const image = 'example/operator:0.0.9';
    const labels = { 'app.kubernetes.io/name': 'immutableapp' };
    await place.create('Pod', 'operator', { metadata: { labels }, spec: { containers: [{ name: 'operator', image }] } });
    const { out } = await iapp('doctor', '--operator-namespace', place.namespace);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      `operator version: 0.0.9; this plugin is ${VERSION} → the two work together; for all that is new install the same of both`,
    );
    await reported(whole);
    const { exit, err } = await iapp('status', 'shop');
    expect({ exit, err }).toEqual({ exit: EXIT.done, err: '' });
  },
  TEST_MS,
);
