// Whether an instance is what was published: by its config objects, and by the spec of its Deployment.
import { describe, expect, test } from '@jest/globals';
import type { Change } from '../../src/model/published.ts';
import { changesOf, cleanGeneration, inWords } from '../../src/model/published.ts';
import { given, up } from '../given.ts';

const seen = given({ versions: { one: up(3, { generation: 2 }) } });
const [record, config, instance] = [seen.records[0]!, seen.configs[0]!, seen.instances[0]!];
const told = (uid: string) => ({ versions: [{ id: 'x' }, { id: record.id, instances: [{ name: instance.name, uid, generation: 1 }] }] });

describe('the generation that is what was published', () => {
  test.each<[string, readonly string[], string, number, number]>([
    ['is the present one, if the API server stores it as it said', [instance.specHash], instance.specHash, 2, 2],
    ['is what the last report knows, if it stores it differently since', ['other'], instance.specHash, 1, 0],
    ['is none of a spec without a hash, though none was recorded either', [''], '', 1, 0],
  ])('%s', (_what, specHashes, specHash, known, unknown) => {
    const clean = (uid: string): number => cleanGeneration({ specHashes: new Set(specHashes) }, { ...instance, specHash }, told(uid));
    expect([clean(instance.uid), clean('another')]).toEqual([known, unknown]);
  });
  test('is none while nothing was reported', () => {
    expect(cleanGeneration({ specHashes: new Set() }, instance, {})).toBe(0);
  });
});

describe('what has changed', () => {
  const SPEC: Change = { part: 'spec' };
  const anew: Change = { part: 'config', name: config.name, is: 'made anew' };
  const gone: Change = { part: 'config', name: config.name, is: 'gone' };
  const verified = (uid: string) => new Map([[config.name, uid]]);
  test.each<[string, Parameters<typeof changesOf>, readonly Change[]]>([
    ['nothing', [{ record, configs: [config] }, instance, verified(config.uid), 2], []],
    ['nothing, though nobody knows what the config says', [{ record, configs: [config] }, instance, new Map(), 2], []],
    ['nothing, of a version that has no record to compare with', [{ record: undefined, configs: [] }, instance, new Map(), 2], []],
    ['the spec, since it was last right', [{ record, configs: [config] }, instance, new Map(), 1], [SPEC]],
    ['config that is not there', [{ record, configs: [] }, instance, new Map(), 2], [gone]],
    ['config under another uid', [{ record, configs: [config] }, instance, verified('other'), 2], [anew]],
    [
      'config younger than who reads it, and the spec',
      [{ record, configs: [{ ...config, createdAt: instance.createdAt + 1 }] }, instance, new Map(), 0],
      [anew, SPEC],
    ],
  ])('is %s', (_what, asked, changes) => {
    expect(changesOf(...asked)).toEqual(changes);
  });
  test('is said in words', () => {
    expect([gone, anew, SPEC].map(inWords)).toEqual([
      `ConfigMap ${config.name} is gone`,
      `ConfigMap ${config.name} was deleted and created again`,
      'its spec is not what was published',
    ]);
  });
});
