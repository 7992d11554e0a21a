// Digests, as container runtimes report them, and what is made of them.
import { describe, expect, test } from '@jest/globals';
import type { Content } from '../../src/model/app.ts';
import { specHashOf } from '../../src/workloads/deployment.ts';
import { factIn } from '../../src/workloads/fact.ts';
import { digestIn, digestsIn, pinned, runningIn } from '../../src/workloads/images.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const pod = (name: string, containers: Readonly<Record<string, string>>, more: object = {}) => ({
  metadata: { name, ...more },
  spec: { containers: Object.entries(containers).map(([container, imageID]) => ({ name: container, image: imageID.split('@')[0]! })) },
  status: { containerStatuses: Object.entries(containers).map(([container, imageID]) => ({ name: container, imageID })) },
});

test.each([
  ['of containerd', `docker.io/library/httpd@${A}`, 'httpd:2.4', A],
  ['of an organization on Docker Hub', `docker.io/shop/web@${A}`, 'shop/web:1', A],
  ['of one that is written out', `docker.io/library/httpd@${A}`, 'index.docker.io/httpd:2.4@' + B, A],
  ['of the library', `docker.io/library/httpd@${A}`, 'library/httpd', A],
  ['of a mirror, whose name admission wrote into the pod', `mirror.example/hub/httpd@${A}`, 'mirror.example/hub/httpd:2.4', A],
  ['of a registry that the runtime looks short names up in', `quay.io/shop/web@${A}`, 'shop/web', A],
  ['of a registry with a port', `localhost:5000/httpd@${A}`, 'localhost:5000/httpd:2.4', A],
  ['of dockershim', `docker-pullable://httpd@${A}`, 'httpd:2.4', A],
  ['of an image that has another name on its node as well', `aaa.example/web@${A}`, 'hub.example/web:1', ''],
  ['the same, of which a part is alike', `hub.example/shop/web@${A}`, 'web.example/shop/web:1', ''],
  ['the same, of which the end is alike', `hub.example/shop/myweb@${A}`, 'web', ''],
  ['the same, in a registry without a dot', `hub.example/localhost/web@${A}`, 'localhost/web', ''],
  ['of a container that its pod does not name', `hub.example/web@${A}`, undefined, ''],
  ['of an image that was built on its node', A, 'httpd:2.4', ''],
  ['the same, of dockershim', `docker://${A}`, 'httpd:2.4', ''],
  ['of a container that has not started', '', 'httpd:2.4', ''],
  ['of another algorithm', `httpd@sha512:${'a'.repeat(128)}`, 'httpd:2.4', ''],
  ['that is none', undefined, 'httpd:2.4', ''],
])('the digest %s', (_, imageID, image, digest) => {
  expect(digestIn(imageID, image)).toBe(digest);
});

describe('what pods run', () => {
  test('is told once for each container and digest, with the first pod that has it', () => {
    const pods = [pod('b', { main: `x@${A}` }), pod('a', { main: `y@${A}`, proxy: `p@${B}` }), pod('c', { main: `x@${B}` })];
    expect(runningIn(pods)).toEqual([
      { pod: 'a', container: 'main', digest: A },
      { pod: 'c', container: 'main', digest: B },
      { pod: 'a', container: 'proxy', digest: B },
    ]);
  });

  test('is nothing where a node reports another name of the same image', () => {
    const [status] = pod('a', { main: `aaa.example/web@${B}` }).status.containerStatuses;
    const spec = { containers: [{ name: 'main', image: 'hub.example/web:1' }] };
    expect(runningIn([{ metadata: { name: 'a' }, spec, status: { containerStatuses: [status] } }])).toEqual([]);
  });

  test('counts init containers, and no pod that is being deleted', () => {
    const init = {
      metadata: { name: 'a' },
      spec: { initContainers: [{ name: 'migrate', image: 'm:1' }] },
      status: { initContainerStatuses: [{ name: 'migrate', imageID: `m@${A}` }] },
    };
    const gone = pod('b', { main: `x@${B}` }, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(runningIn([init, gone, null, {}])).toEqual([{ pod: 'a', container: 'migrate', digest: A }]);
  });
});

describe('pinning', () => {
  const content = (image: string, more: object = {}): Content => ({
    template: { spec: { containers: [{ name: 'main', image, ...more }] } },
    config: [],
    absent: [],
  });
  const imageOf = (of: Content): unknown => (of.template.spec as { containers: { image: string }[] }).containers[0]?.image;

  test.each([
    ['httpd:2.4', `httpd:2.4@${A}`],
    ['httpd', `httpd@${A}`],
    ['localhost:5000/httpd', `localhost:5000/httpd@${A}`],
    [`httpd@${B}`, `httpd@${B}`],
    [`httpd:2.4@${B}`, `httpd:2.4@${B}`],
  ])('%s becomes %s', (image, after) => {
    expect(imageOf(pinned(content(image), new Map([['main', A]])))).toBe(after);
  });

  test('changes nothing else, and no container that is not known', () => {
    const before = content('httpd:2.4', { env: [{ name: 'A', value: 'B' }] });
    expect(pinned(before, new Map([['other', A]]))).toEqual(before);
    const spec = (of: Content) => ({ template: of.template });
    expect(specHashOf(spec(pinned(before, new Map())))).toBe(specHashOf(spec(before)));
    expect(specHashOf(spec(pinned(before, new Map([['main', A]]))))).not.toBe(specHashOf(spec(before)));
  });

  test('is found again by how many images have a digest', () => {
    const podSpec = {
      initContainers: [{ name: 'i', image: `i@${A}` }],
      containers: [
        { name: 'm', image: 'm:1' },
        { name: 'n', image: `n:1@${B}` },
      ],
    };
    expect(digestsIn(podSpec)).toBe(2);
    expect(digestsIn({})).toBe(0);
  });
});

test('a fact keeps only what is a digest', () => {
  const said = { is: 'images', instance: 'shop-x', containers: { main: [A, 'latest', 7], other: 'none' } };
  expect(factIn(said)).toEqual({ is: 'images', instance: 'shop-x', containers: { main: [A], other: [] } });
  expect(factIn({ ...said, instance: '' })).toBeUndefined();
});
