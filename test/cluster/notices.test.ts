// What receivers are told of real rollouts, by the operator as it is started: a program that takes CloudEvents, by the SDK of CloudEvents, a real
// Alertmanager, and one that nobody defines.
import { afterAll, expect, test } from '@jest/globals';
import { HTTP, type CloudEvent } from 'cloudevents';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { Alertmanager } from '../monitoring/alertmanager.ts';
import { needPackages } from '../tools/debian.ts';
import { polled, template } from './harness.ts';
import type { App } from './objects.ts';
import { openStage, TEST_MS } from './opening.ts';
import type { OperatorProcess } from './process.ts';

type Event = CloudEvent<Readonly<Record<string, unknown>>>;
const SECRET = 'hunter2';

let server: Server;
let alertmanager: Alertmanager;
let leader: OperatorProcess;
let flags: readonly string[];
/** Everything that the ledger was sent, in order. */
const heard: Event[] = [];

const stage = openStage(async (stage) => {
  await needPackages(['prometheus-alertmanager'], (line) => process.stderr.write(`${line}\n`));
  alertmanager = await Alertmanager.start(stage.cluster.directory);
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      heard.push(HTTP.toEvent({ headers: request.headers, body: Buffer.concat(chunks).toString() }) as Event);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const file = join(stage.cluster.directory, 'receivers.yaml');
  const { port } = server.address() as { port: number };
  const ledger = `{name: ledger, url: "http://127.0.0.1:${String(port)}/events"}`;
  const alerts = `{name: alerts, url: "${alertmanager.url}", format: alertmanager}`;
  writeFileSync(file, `sources:\n- ${ledger}\n- ${alerts}\nnotify: [alerts]\n`);
  flags = ['--sources', file, '--cluster-name', 'prod-eu'];
  leader = await stage.operator(flags);
});
afterAll(async () => {
  (server as Server | undefined)?.close();
  await (alertmanager as Alertmanager | undefined)?.stop();
});

const about = (topic: string): Event[] => heard.filter(({ type }) => type === `io.immutableapp.${topic}.v1`);
const until = (what: string, says: () => boolean): Promise<void> => polled(what, () => Promise.resolve(says()));
const crash = (value: string) => template({ annotations: { 'test.immutableapp.io/ready': 'crash' }, image: `web:${value}` });

test(
  'versions, moves, the way back and a failure are told once each, and a new leader adds nothing under another id',
  async () => {
    const place = await stage.place();
    const notify = ['ledger', 'nobody'];
    const one = await place.rollOut({ notify, config: [{ name: 'site', data: { PASSWORD: SECRET } }] });
    const two = (await place.steady(await place.update({ notify, config: [], version: '2.0', template: template({ image: 'web:2' }) })))
      .status!;
    await until('both moves are told', () => about('moved').length === 2);
    const [, move] = about('moved');
    expect(move!.validate()).toBe(true);
    expect(move).toMatchObject({ source: 'prod-eu', subject: `${place.namespace}/shop` });
    expect(move!.data).toMatchObject({
      reason: 'Automatic',
      from: { version: one },
      to: { version: two.activeVersion, name: '2.0' },
      switchNumber: 2,
    });
    expect(move!.data!.diff).toContain('web:2');
    expect(about('minted').map(({ data }) => (data!.to as { version: string }).version)).toEqual([one, two.activeVersion]);

    // As the notice says it.
    await stage.kubectl(...wordsOf(move!.data!.command as string));
    await until('the way back is told', () => about('moved').length === 3);
    expect(about('moved')[2]!.data).toMatchObject({ reason: 'Activated', who: 'oncall-', to: { version: one } });
    await until('that the newest is on hold is told', () => about('held').length === 1);

    const bad = await place.merge('ImmutableApp', 'shop', {
      spec: { activeVersion: '', version: '3.0', template: crash('3'), promotion: { progressDeadlineSeconds: 2 } },
    });
    await place.stalled(bad, 'VersionFailed');
    await until('the failure is told', () => about('failed').length === 1);
    expect(about('failed')[0]!.data).toMatchObject({ reason: 'CrashLoop', to: { name: '3.0' } });
    expect(JSON.stringify(heard)).not.toContain(SECRET);

    const warned = place.find('ImmutableApp', 'shop') as App;
    expect(warned.status!.warnings).toContainEqual({
      reason: 'ReceiverUnknown',
      message: `spec.notify names "nobody", which is not defined for namespace ${place.namespace}: there are ledger, alerts`,
    });
    await taken(place.namespace);
    await anotherLeads();
    await place.expectSafe();
  },
  TEST_MS,
);

/** kubectl takes its words one by one; $USER is nobody here. */
const wordsOf = (command: string): string[] =>
  [...command.replace('$USER', '').matchAll(/'([^']*)'|(\S+)/g)].slice(1).map(([, quoted, bare]) => quoted ?? bare!);

/** The platform's receiver was told the same, without being named by the App. */
async function taken(namespace: string): Promise<void> {
  const here = async () => (await alertmanager.alerts()).filter(({ labels }) => labels.namespace === namespace);
  await polled(
    'Alertmanager has them all',
    async () => (await here()).length === heard.length || `${String((await here()).length)} of ${String(heard.length)}`,
  );
  const alerts = await here();
  expect(alerts.map(({ labels }) => labels.notice).toSorted()).toEqual(heard.map(({ id }) => id).toSorted());
  const failed = alerts.find(({ labels }) => labels.alertname === 'ImmutableAppFailed')!;
  expect(failed).toMatchObject({
    labels: { app: 'shop', reason: 'CrashLoop', severity: 'warning', cluster: 'prod-eu' },
    status: { state: 'active' },
  });
  expect(failed.annotations.command).toMatch(/^kubectl logs /);
}

/** Whoever takes over tells again what is minutes old, since it cannot know whether that was told. */
async function anotherLeads(): Promise<void> {
  const before = new Set(heard.map(({ id }) => id));
  const count = heard.length;
  await leader.kill();
  leader = await stage.start(flags);
  await until('what is recent is told again', () => heard.length >= count + 4);
  expect(heard.filter(({ id }) => !before.has(id)).map(({ id }) => id)).toEqual([]);
}
