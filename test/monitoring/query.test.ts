// A gate's query, asked of a real Prometheus by the client that gates ask it by: what is put into it arrives, and what comes back is read.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { query } from '../../src/gates/query.ts';
import { askPrometheus } from '../../src/shell/gates/prometheus.ts';
import { needPackages } from '../tools/debian.ts';
import { Prometheus } from './prometheus.ts';

const START_MS = 15 * 60_000;
const SCRAPED_MS = 30_000;
/** Of both instances, and of one whose name only looks like theirs; with a label that has all that quoting can go wrong by. */
const METRICS = String.raw`
errors{pod="web.eu-1-5d4f8c7b9d-aaaaa",path="a\"b\\c{}"} 3
errors{pod="web.eu-1-5d4f8c7b9d-bbbbb",path="/"} 4
errors{pod="web.eu-1-2-5d4f8c7b9d-aaaaa",path="/"} 100
errors{pod="webxeu-1-5d4f8c7b9d-aaaaa",path="/"} 1000
nothing 0
`;
const NAMES = { namespace: 'shop', app: 'web.eu', version: 'web.eu-1', instance: 'web.eu-1' };

let directory: string;
let prometheus: Prometheus;
let pods: Server;
beforeAll(async () => {
  await needPackages(['prometheus'], (line) => process.stderr.write(`${line}\n`));
  directory = mkdtempSync(join(tmpdir(), 'query-'));
  prometheus = await Prometheus.start(directory, 'groups: []\n');
  pods = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(METRICS));
  await new Promise<void>((resolve) => pods.listen(0, '127.0.0.1', resolve));
  prometheus.scrape([`http://127.0.0.1:${String((pods.address() as { port: number }).port)}`]);
  const deadline = performance.now() + SCRAPED_MS;
  while ((await prometheus.query('errors')).length < 4) {
    if (performance.now() > deadline) throw new Error('nothing was scraped');
    await delay(100);
  }
}, START_MS);
afterAll(async () => {
  (pods as Server | undefined)?.close();
  await (prometheus as Prometheus | undefined)?.stop();
  rmSync(directory, { recursive: true });
});

const ask = (...queries: string[]) => {
  const { hostname, port } = new URL(prometheus.url);
  const source = { host: hostname, port: Number(port), path: '', headers: {}, tls: undefined };
  return askPrometheus(source, queries.map((text) => query(text, NAMES)), 'us', new AbortController().signal); // prettier-ignore
};

test.each<[string, unknown]>([
  ['sum(errors{pod=~"$pods"})', [[7]]],
  ["sum(errors{pod=~'$pods'})", [[7]]],
  ['sum(errors{pod=~`$pods`})', [[7]]],
  ['sum(errors{pod=~"$instance-.*"})', [[1107]]],
  ['errors{path="a\\"b\\\\c{}"}', [[3]]],
  ['sum(errors{pod="none"})', [[]]],
  ['errors{pod=~"$pods"}', [[3, 4]]],
  ['nothing / nothing', [[NaN]]],
  ['1 / nothing', [[Infinity]]],
  ['scalar(nothing) - 2.5', [[-2.5]]],
])('%s', async (text, values) => {
  const answer = await ask(text);
  expect(answer.is === 'values' ? answer.values.map((each) => each.toSorted((a, b) => a - b)) : answer).toEqual(values);
});

test.each<[string, RegExp]>([
  ['sum(errors{pod=~"$pods)', /^it answered 400: .*(parse error|unterminated)/],
  ['errors[1m]', /^the query gives a matrix/],
  ['errors{pod=~"("}', /^it answered 400: .*error parsing regexp/],
])('%s is refused, and Prometheus says why', async (text, message) => {
  expect(await ask(text)).toMatchObject({ is: 'error', message: expect.stringMatching(message) });
});
