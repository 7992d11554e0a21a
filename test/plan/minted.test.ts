// How new content becomes a version: how large it may be, where its text is when spec does not say it, and what its record depends on.
import { expect, test } from '@jest/globals';
import type { App } from '../../src/model/app.ts';
import { MAX_CONTENT_BYTES } from '../../src/model/version.ts';
import { plan } from '../../src/plan/plan.ts';
import { createVersion } from '../../src/plan/steps/create.ts';
import type { Given } from '../given.ts';
import { freeze, given, NOW, up } from '../given.ts';
import { stageOf } from './stage.ts';
import { decide, lines } from './table.ts';

const NEW: Given = { latest: 'two', versions: { one: up(3) }, switches: ['one'], trial: 'none' };

test('content may be as large as fits a version, and not a byte more', () => {
  const stage = stageOf(NEW);
  const { text } = stage.capture.content;
  const outcome = (bytes: number): string[] => {
    const content = { ...stage.capture.content, text: text!.padEnd(bytes) };
    const { actions, trouble } = createVersion({ ...stage, capture: { ...stage.capture, content } });
    return [...lines(actions), ...(trouble === undefined ? [] : [trouble.reason])];
  };
  expect(outcome(MAX_CONTENT_BYTES)).toEqual(['rehearse two ×3']);
  expect(outcome(MAX_CONTENT_BYTES + 1)).toEqual(['ContentTooLarge']);
});

test('the text of new content that is not at hand is read before anything is made of it', () => {
  const seen = given(NEW);
  const { actions } = plan(freeze({ ...seen, app: { ...(seen.app as App), content: '' } }), NOW);
  expect(lines(actions)).toEqual(['recall two']);
});

test('what was captured is recorded only if spec still says the same, and what captures nothing in any case', () => {
  const recorded = (facts: Given): unknown[] =>
    decide({ name: '', actions: [], conditions: [], since: 5, given: { ...facts, trial: 'accepted' } }).plan.actions.flatMap((action) =>
      action.do === 'publish' ? ['confirm' in action ? action.confirm : 'in any case'] : [],
    );
  expect(recorded(NEW)).toEqual(['in any case']);
  expect(recorded({ latest: 'sitea', sources: { site: { says: 'a', read: {} } } })).toEqual([true]);
});
