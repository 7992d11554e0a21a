// Gates that ask somebody, on a real API server and by the operator as it is started: a change board that is slow to decide, one that refuses,
// one that is dead, and a source that an App may not use.
import { afterAll, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { condition, polled, selectedBy, template } from './harness.ts';
import type { Place } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';
import type { OperatorProcess } from './process.ts';

let server: Server;
let operator: OperatorProcess;
let file: string;
/** What the board answers, and what it was asked. */
let answer: object = {};
/** What it does before it answers that, one after the other. */
const lies: ((response: ServerResponse) => void)[] = [];
const asked: { id: string; subject: string; data: Record<string, string> }[] = [];
const stage = openStage(async (stage) => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push(JSON.parse(Buffer.concat(chunks).toString()) as (typeof asked)[number]);
      const honest = (): unknown => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      (lies.shift() ?? honest)(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  file = join(stage.cluster.directory, 'sources.yaml');
  const url = `http://127.0.0.1:${String((server.address() as { port: number }).port)}/verdict`;
  writeFileSync(
    file,
    `- {name: board, url: "${url}"}\n- {name: dead, url: "http://127.0.0.1:1"}\n- {name: theirs, url: "${url}", namespaces: [theirs]}\n`,
  );
  operator = await stage.operator(['--sources', file]);
});
afterAll(() => {
  (server as Server | undefined)?.closeAllConnections();
  (server as Server | undefined)?.close();
});

const gated = (source: string, more: object = {}) => ({
  template: template({ image: 'web:2' }),
  promotion: { drainSeconds: 0, before: [{ name: 'board', webhook: { source, intervalSeconds: 1 }, ...more }] },
});
const behind = (place: Place): string | undefined => selectedBy(place.find('Service', 'web'));
const says = (type: string, words: string) => (app: Parameters<typeof condition>[0]) =>
  condition(app, type)?.message?.includes(words) === true;

test(
  'a version waits until the board decides, is asked about by one event, and then serves',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({});
    answer = { verdict: 'wait', message: 'after tea' };
    asked.length = 0;
    const app = await place.update(gated('board'));
    await place.reported(app, says('Ready', 'after tea'), 'the board waits');
    await place.until('it is asked again', () => asked.length >= 3);
    expect(behind(place)).toBe(one);
    // Somebody breaks the file of sources: those that were known are asked on.
    const written = readFileSync(file, 'utf8');
    writeFileSync(file, '{{');
    const metric = async (is: number) =>
      (await operator.page('/metrics'))?.text.includes(`immutableapp_sources_stale ${String(is)}\n`) === true;
    await polled('it is told that the file is broken', () => metric(1));
    const heardThen = asked.length;
    await polled('the board is asked still', () => Promise.resolve(asked.length > heardThen));
    writeFileSync(file, written);
    answer = { verdict: 'pass' };
    await place.steady(app);
    expect(behind(place)).not.toBe(one);
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    expect(asked[0]).toMatchObject({ data: { asks: 'verdict', gate: 'board', phase: 'before', app: 'shop', instance: behind(place) } });
    const heard = asked.length;
    await place.settle();
    expect(asked).toHaveLength(heard);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'what the board refuses has failed in its words, and what serves serves on',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({});
    answer = { verdict: 'fail', message: 'no changes in December' };
    const app = await place.update(gated('board'));
    const failed = await place.stalled(app, 'VersionFailed');
    expect(condition(failed, 'Stalled')?.message).toContain('gate before/board: no changes in December');
    expect(behind(place)).toBe(one);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a board that is slow, broken or no board at all passes nothing, whatever it says, and is asked again',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({});
    const pass = JSON.stringify({ verdict: 'pass' });
    const replies =
      (status: number, type: string, body: string, more: object = {}) =>
      (response: ServerResponse) =>
        response.writeHead(status, { 'content-type': type, ...more }).end(body);
    const json = 'application/json';
    lies.push(
      replies(500, json, pass),
      replies(200, 'text/html', pass),
      replies(200, json, '{"verdict":"PASS"}'),
      replies(302, json, pass, { location: '/pass' }),
      // No whole answer within five seconds.
      (response) => response.writeHead(200, { 'content-type': json, 'content-length': pass.length }).write(pass.slice(0, 5)),
    );
    answer = { verdict: 'wait', message: 'after tea' };
    asked.length = 0;
    const app = await place.update(gated('board'));
    await place.reported(app, says('Ready', 'after tea'), 'the board is itself again');
    expect({ asked: asked.length > 5, left: lies.length, serves: behind(place) }).toEqual({ asked: true, left: 0, serves: one });
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    answer = { verdict: 'pass' };
    await place.steady(app);
    expect(behind(place)).not.toBe(one);
    await place.expectSafe();
  },
  TEST_MS,
);

test(
  'a board that is dead passes nothing, and fails the version in time',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({});
    const app = await place.update(gated('dead', { timeoutSeconds: 5 }));
    const failed = await place.stalled(app, 'VersionFailed');
    expect(condition(failed, 'Stalled')?.message).toMatch(/did not pass within timeoutSeconds 5: .*ECONNREFUSED/);
    expect(behind(place)).toBe(one);
  },
  TEST_MS,
);

test(
  'a source that is not for this namespace is none, and those that are are told',
  async () => {
    const place = await stage.place();
    const one = await place.rollOut({});
    asked.length = 0;
    const app = await place.update(gated('theirs'));
    const unknown = await place.stalled(app, 'SourceUnknown');
    expect(condition(unknown, 'Stalled')?.message).toMatch(/no source theirs is defined for namespace .*: there are board, dead$/);
    expect(behind(place)).toBe(one);
    expect(asked).toEqual([]);
  },
  TEST_MS,
);
