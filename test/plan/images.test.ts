// What the next instance of a version is made from: the images that the version ran, where the App asks for that.
import { expect, test } from '@jest/globals';
import { list, obj } from '../../src/model/json.ts';
import { DEFAULTS } from '../../src/model/settings.ts';
import { plan } from '../../src/plan/plan.ts';
import { given, id, NOW, sha, up } from '../given.ts';

/** Two serves, and somebody goes back to one, which has no instance any more. */
const imageOf = (images: string): unknown => {
  const seen = given({
    latest: 'two',
    spec: { references: { images }, activeVersion: id('one') },
    versions: { one: { ran: { main: ['a'] } }, two: up(3) },
    switches: ['one', 'two'],
    recalled: ['one'],
  });
  const [made] = plan(seen, NOW).actions.flatMap((action) =>
    action.do === 'publish' && action.kind === 'Deployment' ? [action.object.spec] : [],
  );
  return list(obj(obj(obj(made).template).spec).containers)[0]?.image;
};

test.each([
  ['Live', 'httpd:2.4'],
  ['Watched', 'httpd:2.4'],
  ['Pinned', `httpd:2.4@${sha('a')}`],
])('%s: a version that comes back runs %s', (images, image) => {
  expect(imageOf(images)).toBe(image);
});

test.each([
  ['the platform’s, where the App says nothing', {}, { images: 'Pinned' }],
  ['none, where it says the same', { images: 'Pinned' }, undefined],
  ['none, where it says no', { images: 'Live' }, undefined],
])('a default is told: %s', (_, references, defaults) => {
  const seen = given({ spec: { references }, versions: { one: up(3) }, switches: ['one'] });
  expect(plan(seen, NOW, { ...DEFAULTS, images: 'Pinned' }).status.defaults).toEqual(defaults);
});
