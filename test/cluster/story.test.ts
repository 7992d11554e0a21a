// What npm start tells, told on a borrowed API server, and compared with what the README prints of it: word for word, but for times.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { succeed } from '../../deploy/local/story-scene.ts';
import { View } from '../../deploy/local/story-view.ts';
import { newVoice } from '../../deploy/local/story-voice.ts';
import { APP, tellStory } from '../../deploy/local/story.ts';
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
