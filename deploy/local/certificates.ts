// A certificate authority for one cluster: signs the serving certificate and a client certificate for any user, at any time,
// with nothing but node:crypto. Node can read X.509 but not write it, so the few DER structures needed are spelled here.
// It must never be used for more than loopback: there is no revocation and no name constraint.
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A certificate with its private key, both PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface Subject {
  readonly name: string;
  readonly groups?: readonly string[];
}

export interface Authority {
  readonly certificate: string;
  /** For 127.0.0.1, localhost and the API server's names inside the cluster. */
  issueServer(serviceAddress: string): Certificate;
  /** Kubernetes reads the user from the common name and the groups from the organizations. */
  issueClient(user: Subject): Certificate;
}

const VALID_MS = 365 * 24 * 3600 * 1000;
const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  organization: '55040a',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  extendedKeyUsage: '551d25',
  alternativeNames: '551d11',
  serverAuth: '2b06010505070301',
  clientAuth: '2b06010505070302',
} as const;

const tlv = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const size = body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => tlv(0x30, ...parts);
const oid = (name: keyof typeof OID): Buffer => tlv(0x06, Buffer.from(OID[name], 'hex'));
const bits = (body: Buffer, unused = 0): Buffer => tlv(0x03, Buffer.from([unused]), body);
const time = (at: Date): Buffer => tlv(0x17, Buffer.from(`${at.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
const attribute = (type: 'commonName' | 'organization', value: string): Buffer =>
  tlv(0x31, sequence(oid(type), tlv(0x0c, Buffer.from(value))));
const extension = (name: keyof typeof OID, value: Buffer, critical = true): Buffer =>
  sequence(oid(name), ...(critical ? [tlv(0x01, Buffer.from([0xff]))] : []), tlv(0x04, value));
const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`;
const distinguished = ({ name, groups = [] }: Subject): Buffer =>
  sequence(...groups.map((group) => attribute('organization', group)), attribute('commonName', name));

interface Request {
  readonly subject: Subject;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

function issue(request: Request, issuer: Subject, signer: KeyObject): string {
  const algorithm = sequence(oid('ecdsaWithSha256'));
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x3f) | 0x40; // Positive and of full length, as DER wants an integer.
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, serial),
    algorithm,
    distinguished(issuer),
    sequence(time(new Date(Date.now() - 3600_000)), time(new Date(Date.now() + VALID_MS))),
    distinguished(request.subject),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...request.extensions)),
  );
  return pem('CERTIFICATE', sequence(body, algorithm, bits(sign('sha256', body, signer))));
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const privatePem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const usage = (name: 'serverAuth' | 'clientAuth'): readonly Buffer[] => [
  extension('keyUsage', bits(Buffer.from([0x80]), 7)), // digitalSignature
  extension('extendedKeyUsage', sequence(oid(name)), false),
];
const dns = (name: string): Buffer => tlv(0x82, Buffer.from(name));
const address = (ip: string): Buffer => tlv(0x87, Buffer.from(ip.split('.').map(Number)));

/** A private key to sign service account tokens with, in the one encoding that the API server also reads the public half from. */
export const newSigningKey = (): string => newKey().privateKey.export({ type: 'sec1', format: 'pem' }).toString();

export function newAuthority(): Authority {
  const subject = { name: 'immutableapp-embedded-cluster' };
  const { publicKey, privateKey } = newKey();
  const extensions = [
    extension('basicConstraints', sequence(tlv(0x01, Buffer.from([0xff])))),
    extension('keyUsage', bits(Buffer.from([0x04]), 2)), // keyCertSign
  ];
  const leaf = (to: Subject, also: readonly Buffer[]): Certificate => {
    const own = newKey();
    return {
      certificate: issue({ subject: to, publicKey: own.publicKey, extensions: also }, subject, privateKey),
      key: privatePem(own.privateKey),
    };
  };
  return {
    certificate: issue({ subject, publicKey, extensions }, subject, privateKey),
    issueServer: (serviceAddress) => {
      const cluster = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
      const names = sequence(...['localhost', ...cluster].map(dns), ...['127.0.0.1', serviceAddress].map(address));
      return leaf({ name: 'kube-apiserver' }, [...usage('serverAuth'), extension('alternativeNames', names, false)]);
    },
    issueClient: (user) => leaf(user, usage('clientAuth')),
  };
}
