// The door: every App the API server can serve becomes one, with the defaults of the CRD's words, or says what is wrong with it.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse, readContent, withCaptured, withPorts } from '../../src/model/app.ts';
import type { App } from '../../src/model/app.ts';
import { contentOf, rawApp } from '../given.ts';
import { cases } from '../tools/cases.ts';

const raw = (spec: Record<string, unknown> = {}, metadata = {}) => rawApp({ spec, metadata, status: {} });
const app = (spec: Record<string, unknown> = {}, metadata = {}): App => parse(raw(spec, metadata));

describe('parse', () => {
  test('fills in what spec leaves out', () => {
    const bare = parse({
      metadata: { name: 'shop', namespace: 'prod', uid: 'u', generation: 1, resourceVersion: '5' },
      spec: contentOf('plain'),
    });
    expect(bare).toMatchObject({
      is: 'app',
      key: 'prod/shop',
      resourceVersion: '5',
      generation: 1,
      deleting: false,
      orphaning: false,
      versionName: '',
      activeVersion: '',
      replicas: 1,
      services: [],
      promotion: { mode: 'Automatic', minReadySeconds: 0, progressDeadlineSeconds: 600, drainSeconds: 30, previewReplicas: 1 },
      retention: { warm: 1, warmSeconds: 600, versions: 10 },
      disruption: undefined,
      onDrift: 'Replace',
      paused: false,
      annotations: { pin: undefined, reject: { versions: [], typed: '' }, renew: undefined, unreadable: [] },
      status: {},
    });
  });
  test('knows one that is being deleted, and whether what it owns stays', () => {
    const ends = (finalizers?: unknown) => app({}, { deletionTimestamp: '2026-03-01T12:00:00Z', finalizers });
    expect(
      [ends(), ends(['orphan']), ends(['foregroundDeletion']), ends('orphan')].map(({ deleting, orphaning }) => [deleting, orphaning]),
    ).toEqual([
      [true, false],
      [true, true],
      [true, false],
      [true, false],
    ]);
    expect(app({}, { finalizers: ['orphan'] }).deleting).toBe(false);
  });
  test('tells each receiver once', () => {
    expect(app({ notify: ['team', 'board', 'team'] }).notify).toEqual(['team', 'board']);
    expect(app({ notify: 'team' }).notify).toEqual([]);
  });
  test('of the same generation reads the content once, and says again what is wrong with it', () => {
    const wrong = raw({ template: {} });
    const first = parse(wrong);
    expect(first.problems).toEqual(['spec.template is required']);
    expect(first.fingerprints).toEqual([]);
    expect(first.meanings).toEqual([]);
    expect(parse(wrong, first).problems).toEqual(first.problems);
    const good = parse(raw());
    expect(parse(raw(), good).fingerprints).toBe(good.fingerprints);
    expect(parse(raw({ template: {} }, { generation: 99 }), good).problems).toEqual(['spec.template is required']);
  });
  test('a zero that spec says is no default', () => {
    const zero = app({ replicas: 0, promotion: { drainSeconds: 0 }, retention: { warm: 0, warmSeconds: 0 } });
    expect([zero.replicas, zero.promotion.drainSeconds, zero.retention.warm, zero.retention.warmSeconds]).toEqual([0, 0, 0, 0]);
  });
  test('is total: whatever JSON comes, it answers', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (spec, metadata) => {
        expect(parse({ metadata, spec }).is).toBe('app');
      }),
      { numRuns: cases(500) },
    );
    fc.assert(fc.property(fc.anything(), (anything) => Array.isArray(parse(anything).problems)));
  });
  test('knows which ConfigMaps are the version’s own', () => {
    const volumes = ['own', 'site'].map((name) => ({ name, configMap: { name } }));
    const { refers } = app({ template: { spec: { volumes } }, config: [{ name: 'own', data: {} }] });
    expect(refers.configMaps).toEqual([{ name: 'site', optional: false }]);
  });
  test('takes what the schema says before there is a report for no status', () => {
    expect(parse({ ...raw(), status: { observedGeneration: -1 } }).status).toEqual({});
  });
  test('takes integers beyond 2^53: in the content as written, in a status as numbers', () => {
    const template = { spec: { containers: [{ name: 'a' }], terminationGracePeriodSeconds: 9007199254740993n } };
    const seen = parse({ ...raw({ template, config: [] }), status: { observedGeneration: 9007199254740993n } });
    expect(seen.content).toContain('"terminationGracePeriodSeconds":9007199254740993}');
    expect(readContent(seen.content).template).toEqual(template);
    expect(withCaptured(seen.content, [{ name: 'x' }])).toContain('"terminationGracePeriodSeconds":9007199254740993}');
    expect(seen.status.observedGeneration).toBe(9007199254740992);
  });
  test('takes null for absent, in settings as in the content', () => {
    const service = { name: 'a', ports: [{ port: 80 }] };
    const config = { name: 'c' };
    const nulls = {
      ...{
        version: null,
        activeVersion: null,
        paused: null,
        references: null,
        retention: { warm: null },
        promotion: { drainSeconds: null },
      },
      disruption: { maxUnavailable: 1, minAvailable: null },
      config: [{ ...config, data: null, binaryData: null, mountPath: null, env: null }],
      services: [
        { ...service, labels: null, annotations: null, ipFamilies: null, ports: [{ port: 80, targetPort: null, nodePort: null }] },
      ],
    };
    const { fingerprints, inlines, meanings, ...rest } = app(nulls);
    const [first] = [fingerprints.slice(0, 1)];
    expect([inlines[0], meanings[0]]).toEqual([fingerprints[0], fingerprints[0]]);
    expect({ ...rest, fingerprints: first, inlines: first, meanings: first }).toEqual(
      app({ disruption: { maxUnavailable: 1 }, config: [config], services: [service] }),
    );
    expect(app({ disruption: null }).disruption).toBeUndefined();
    expect(app({ disruption: { minAvailable: '50%', maxUnavailable: null } }).disruption).toEqual({ minAvailable: '50%' });
  });
  test('knows content that a server-side apply has emptied by what it said before', () => {
    const containers = [{ name: 'web', image: 'x:1' }];
    const said = (annotations: unknown, resources: unknown, volumes: unknown) =>
      app({ template: { metadata: { annotations }, spec: { containers: [{ ...containers[0], resources }], volumes } } });
    const emptied = said(null, null, null);
    expect(emptied.fingerprint).toBe(app({ template: { metadata: {}, spec: { containers } } }).fingerprint);
    for (const before of [said({}, {}, []), said({}, undefined, undefined), said(undefined, {}, [])])
      expect(emptied.fingerprints).toContain(before.fingerprint);
    expect(emptied.fingerprints).not.toContain(said({ a: 'b' }, {}, []).fingerprint);
    expect(said({}, {}, []).fingerprints).toHaveLength(1);
  });
  test('has the same id whatever is said of images', () => {
    const template = { spec: { containers: [{ name: 'web', image: 'x:1' }] } };
    const [plain, set] = [parse(raw({ template })), parse(raw({ template, references: { images: 'Pinned' } }))];
    expect(set.references).toMatchObject({ images: 'Pinned', imagesSaidBy: 'app' });
    for (const part of ['content', 'fingerprint', 'fingerprints', 'inlines', 'meanings'] as const) expect(set[part]).toEqual(plain[part]);
    expect(plain.fingerprint).not.toBe('');
  });
  test('says what is wrong', () => {
    const seen = parse(raw({ template: {}, config: [{ name: 'a', data: {}, big: 2 ** 60 }] }));
    expect(seen).toMatchObject({
      is: 'app',
      content: '',
      problems: [expect.stringContaining('spec.template is required'), expect.stringContaining('beyond 2^53')],
    });
  });
});

describe('what is content', () => {
  const fingerprint = (spec: Record<string, unknown>, metadata = {}): string => app(spec, metadata).fingerprint;
  const base = fingerprint({});
  test.each<[string, Record<string, unknown>]>([
    ['replicas', { replicas: 9 }],
    ['services', { services: [] }],
    ['promotion', { promotion: { mode: 'Manual' } }],
    ['retention', { retention: { warm: 0 } }],
    ['a name', { version: '2.0' }],
    ['the pointer', { activeVersion: 'x' }],
    ['paused', { paused: true }],
  ])('%s is not', (_what, spec) => {
    expect(fingerprint(spec)).toBe(base);
  });
  test('nor are labels and annotations of the App', () => {
    expect(fingerprint({}, { labels: { a: 'b' }, annotations: { c: 'd' }, generation: 99 })).toBe(base);
  });
  test('any change of template or config is', () => {
    const { template, config } = contentOf('one') as { template: { spec: object }; config: object[] };
    expect(fingerprint({ config: [...config, { name: 'more' }] })).not.toBe(base);
    expect(fingerprint({ config: config.map((entry) => ({ ...entry, env: true })) })).not.toBe(base);
    expect(fingerprint({ template: { ...template, metadata: {} } })).not.toBe(base);
    expect(fingerprint({ template: { ...template, spec: { ...template.spec, terminationGracePeriodSeconds: 30 } } })).not.toBe(base);
  });
  test('content reads back as it was', () => {
    const seen = app();
    expect(readContent(seen.content)).toEqual({
      template: contentOf('one').template,
      config: [{ name: 'httpd', data: { 'httpd.conf': 'Listen 8080' }, binaryData: {}, mountPath: '/etc/httpd', env: false }],
      absent: [],
    });
  });
});

describe('the same App seen again', () => {
  test('is not hashed again while its generation stands', () => {
    const before = app();
    const doctored: App = { ...before, content: '{"kept":true}' };
    expect(parse(raw({ replicas: 8 }), doctored)).toMatchObject({ content: '{"kept":true}', replicas: 8 });
  });
  test('is hashed again after an edit, and when another App bears its name', () => {
    const doctored: App = { ...app(), content: '{"kept":true}' };
    expect(parse(raw({}, { generation: 8 }), doctored)).toMatchObject({ content: app().content });
    expect(parse(raw({}, { uid: 'another' }), doctored)).toMatchObject({ content: app().content });
  });
});

test('a Service of spec: a shape only with ports, and the names of ports that pods must have', () => {
  const services = [
    {
      name: 'a',
      ports: [
        { name: 'x', port: 80, targetPort: 'http' },
        { name: 'y', port: 81, targetPort: 8081 },
        { name: 'z', port: 82 },
      ],
      type: 'NodePort',
      labels: { l: '1' },
    },
    { name: 'b', role: 'Preview' },
    { name: 'c', role: 'Preview', ports: [] },
  ];
  expect(app({ services }).services).toEqual([
    {
      name: 'a',
      role: 'Active',
      shape: {
        spec: { ports: services[0]!.ports, type: 'NodePort' },
        labels: { l: '1' },
        annotations: {},
        digest: expect.stringMatching(/^[a-z2-9]{16}$/) as unknown as string,
      },
      ports: [
        { name: 'x', port: 80, protocol: 'TCP', targetPort: 'http' },
        { name: 'y', port: 81, protocol: 'TCP', targetPort: 8081 },
        { name: 'z', port: 82, protocol: 'TCP', targetPort: 82 },
      ],
    },
    { name: 'b', role: 'Preview', shape: undefined, ports: [] },
    { name: 'c', role: 'Preview', shape: undefined, ports: [] },
  ]);
});

describe('what content means', () => {
  const bytes = (png: string) => ({ config: [{ name: 'web', binaryData: { png } }] });
  test('is the same with an empty list and without, and with bytes on one line and on several', () => {
    const { template } = contentOf('one') as { template: { spec: object } };
    const listed = { template: { ...template, spec: { ...template.spec, volumes: [] } } };
    expect(app(listed).meanings).toEqual(app().meanings);
    expect(app(listed).fingerprint).not.toBe(app().fingerprint);
    expect(app(bytes('AAEC\nAwQ=')).meanings).toEqual(app(bytes('AAECAwQ=')).meanings);
  });
  test('is not hashed once more where it is said plainly', () => {
    const plainly = app();
    expect(plainly.meanings).toBe(plainly.fingerprints);
  });
  test('is nothing of content that cannot be read, whatever lists it has', () => {
    const { problems, content, meanings } = app({ template: {}, config: [{ name: 'web', items: [] }] });
    expect([problems, content, meanings]).toEqual([
      ['spec.template is required'],
      '{"config":[{"items":[],"name":"web"}],"template":{}}',
      [],
    ]);
  });
});

test('of two versions both may run at a time, unless spec says otherwise', () => {
  const overlap = (promotion?: object) => app({ promotion }).promotion.overlap;
  expect([overlap(), overlap({}), overlap({ overlap: 'Never' }), overlap({ overlap: 'Sometimes' })]).toEqual([
    'Always',
    'Always',
    'Never',
    'Always',
  ]);
});

test('only an Active Service with ports has rungs', () => {
  const ladder = [{ percent: 5 }, { percent: 100 }];
  const ports = [{ port: 80 }];
  const named = (service: object) => app({ services: [{ name: 'a', ladder, ...service }] }).services.map(({ name }) => name);
  expect(named({ ports })).toEqual(['a', 'a-r1', 'a-r2']);
  expect(named({ ports, role: 'Preview' })).toEqual(['a']);
  expect(named({})).toEqual(['a']);
});

test('what means nothing in a list of a Service is not asked for', () => {
  const loadBalancerSourceRanges = ['192.0.2.0/24', '', null, 0, {}, '198.51.100.0/24'];
  const [service] = app({ services: [{ name: 'a', ports: [{ port: 80 }], loadBalancerSourceRanges }] }).services;
  expect(service!.shape!.spec.loadBalancerSourceRanges).toEqual(['192.0.2.0/24', '198.51.100.0/24']);
});

describe('a Service with other ports', () => {
  const services = [{ name: 'a', type: 'NodePort', ports: [{ port: 80 }] }, { name: 'b' }];
  const [made, existing] = app({ services }).services;
  const [other] = app({ services: [{ ...services[0], ports: [{ port: 81 }] }] }).services;
  test('is the same as if spec had said so', () => {
    expect(withPorts(made!, [{ port: 81 }])).toEqual(other);
  });
  test('is what it was if it is an existing one, whose ports are not ours', () => {
    expect(withPorts(existing!, [{ port: 81 }])).toBe(existing);
  });
});
