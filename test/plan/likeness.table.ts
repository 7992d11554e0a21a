// Spec says in other words what a version was made of: it is that version. And what only looks like it.
import { bytesIn, cold, up } from '../given.ts';
import type { Content, Given } from '../given.ts';
import type { Row } from './table.ts';

const SERVES = ['Available Serving', 'Ready Serving'];
const TAKEN = ['Available Serving', 'not Ready NameTaken', 'Stalled NameTaken'];

const { config } = bytesIn('AAECAwQFBgc=');

/** A version called 7 serves; spec says this under the same name. */
const said = (content: Content, more: Given = {}): Given => ({
  latest: 'bytes',
  versions: { bytes: { ...up(3), name: '7' } },
  switches: ['bytes'],
  spec: { ...content, version: '7' },
  ...more,
});

export const LIKENESSES: readonly Row[] = [
  ...(
    [
      ['bytes on several lines', bytesIn('AAEC\nAwQF\r\nBgc=\n')],
      ['bytes whose last letter says bits that mean nothing', bytesIn('AAECAwQFBgd=', { volumes: [] })],
      ['an empty list left out', bytesIn('AAECAwQFBgc=')],
      ['other empty lists', bytesIn('AAECAwQFBgc=', { volumes: null, tolerations: [], initContainers: [] })],
      [
        'config without nulls, and with',
        { ...bytesIn('AAECAwQFBgc='), config: [{ ...config![0], data: null, mountPath: null, env: null }] },
      ],
      ['data that is null', { ...bytesIn('AAECAwQFBgc='), config: [{ ...config![0], binaryData: { png: 'AAECAwQFBgc=', gif: null } }] }],
    ] as const
  ).map(([what, content]): Row => ({
    name: `the same in other words: ${what}`,
    given: said(content),
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { latestVersion: 'bytes', warnings: [] },
  })),
  ...(
    [
      ['another byte', bytesIn('AAECAwQFBgg=')],
      ['an empty map that may mean something', bytesIn('AAECAwQFBgc=', { securityContext: {} })],
      ['what is no base64', bytesIn('AAECAwQFBgc-')],
    ] as const
  ).map(([what, content]): Row => ({
    name: `other content, which may not have the name: ${what}`,
    given: said(content),
    since: 60,
    actions: [],
    conditions: TAKEN,
  })),
  {
    name: 'these very words were made into a version as well: that is what spec means, though another that means the same is newer',
    given: {
      latest: 'bytes',
      versions: { bytes: up(3), newer: { ...cold, content: bytesIn('AAEC\nAwQFBgc=') } },
      switches: ['bytes'],
    },
    since: 60,
    actions: [],
    conditions: SERVES,
    status: { latestVersion: 'bytes' },
  },
];
