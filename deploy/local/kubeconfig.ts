// Renders kubeconfig files: self-contained, so that one can be copied anywhere.
import { stringify } from 'yaml';
import type { Certificate } from './certificates.ts';

export type Credential = { readonly token: string } | Certificate;

const base64 = (text: string): string => Buffer.from(text).toString('base64');

export function renderKubeconfig(server: string, ca: string, user: string, credential: Credential): string {
  const name = 'embedded';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [
      {
        name: user,
        user:
          'token' in credential
            ? { token: credential.token }
            : {
                'client-certificate-data': base64(credential.certificate),
                'client-key-data': base64(credential.key),
              },
      },
    ],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  });
}
