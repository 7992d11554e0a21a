// What npm start tells, told on a borrowed API server, and compared with what the README prints of it: word for word, but for times. And the command
// itself, until its page is seen.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { succeed } from '../../deploy/local/story-scene.ts';
import { View } from '../../deploy/local/story-view.ts';
import { newVoice } from '../../deploy/local/story-voice.ts';
import { APP, tellStory } from '../../deploy/local/story.ts';
import { polled } from './harness.ts';
import { openStage, TEST_MS } from './opening.ts';

const stage = openStage((stage) => stage.operator());

/** From the first chapter to the last sentence. */
const CHAPTERS = /^1 {2}Apache\n.*?were ready\.$/ms;
/** Without what differs each time: times, how often endpoints changed, and where a line is broken. */
const comparable = (told: string): string[] =>
  (CHAPTERS.exec(told)?.[0] ?? '')
    .replaceAll(/ +\d+\.\d\d s {2}/g, '- ')
    .replaceAll(/\d+ ms/g, 'N ms')
    .replace(/each of the \d+ changes/, 'each of the N changes')
    .replaceAll(/\n {12,}/g, ' ')
    .split('\n');

test(
  'npm start tells the story that the README prints',
  async () => {
    const { namespace } = await stage.place();
    const { kubeconfig } = stage.cluster;
    const view = new View(APP);
    let told = '';
    const write = (text: string): boolean => ((told += text), true);
    const signal = AbortSignal.timeout(2 * TEST_MS);
    try {
      await view.open(kubeconfig, namespace, signal);
      const kubectl = async (...args: string[]): Promise<void> => {
        await succeed(stage.cluster.kubectl(['--namespace', namespace, ...args]));
      };
      const voice = newVoice({ isTTY: false, write } as unknown as NodeJS.WriteStream);
      await tellStory({ view, voice, kubectl, namespace, deadlineMs: 60_000, signal });
    } finally {
      await view.close();
    }
    const here = told.replaceAll(`kubectl -n ${namespace} `, 'kubectl ').replaceAll(`-n ${namespace} `, '-n default ');
    const printed = comparable(readFileSync('README.md', 'utf8'));
    expect(printed.length).toBeGreaterThan(40);
    expect(comparable(here)).toEqual(printed);
  },
  2 * TEST_MS,
);

test(
  'npm start prints where the story can be watched: its App is seen there, and after Ctrl-C nothing is',
  async () => {
    const program = spawn(process.execPath, ['deploy/local/start.ts'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(program, 'exit') as Promise<[code: number | null]>;
    let printed = '';
    for (const stream of [program.stdout, program.stderr])
      stream.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
      });
    const address = (): string => /this address opens once:\n {2}(http:\S+)/.exec(printed)?.[1] ?? '';
    try {
      await polled('the address is printed', () => Promise.resolve(address() !== '' || printed), TEST_MS);
      const opened = await fetch(address(), { redirect: 'manual' });
      expect(opened.status).toBe(303);
      const cookie = opened.headers
        .getSetCookie()
        .map((each) => each.split(';')[0])
        .join('; ');
      const events = await fetch(new URL('/events', address()), { headers: { cookie }, signal: AbortSignal.timeout(TEST_MS / 2) });
      let seen = '';
      for await (const chunk of events.body!.pipeThrough(new TextDecoderStream())) {
        seen += chunk;
        if (seen.includes(`"key":"default/${APP}"`) && seen.includes('"serves":"apache-1 ')) break;
      }
    } finally {
      program.kill('SIGINT');
      await ended;
    }
    expect([(await ended)[0], printed]).toEqual([130, expect.stringMatching(/Ended; nothing is left\.\n$/)]);
    await expect(fetch(address())).rejects.toThrow('fetch failed');
  },
  2 * TEST_MS,
);
