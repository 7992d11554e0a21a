// Stories to be told under every kind of weather: what is there first, and what somebody does then.
import type { World } from '../world.ts';
import { NAMESPACE } from '../world.ts';
import type { Fields, Stored } from './store.ts';

export const APP = 'shop';

export interface AppOptions {
  readonly config?: string;
  readonly image?: string;
  readonly replicas?: number;
  readonly services?: readonly Fields[];
  readonly more?: Fields;
  readonly warmSeconds?: number;
}

const WEB: Fields = { name: 'web', ports: [{ name: 'http', port: 80, targetPort: 'http' }] };

export function shop({
  config = 'v1',
  image = 'httpd:2.4',
  replicas = 3,
  services = [WEB],
  warmSeconds = 0,
  more = {},
}: AppOptions = {}): object {
  return {
    apiVersion: 'immutableapp.io/v1alpha1',
    kind: 'ImmutableApp',
    metadata: { name: APP, namespace: NAMESPACE },
    spec: {
      replicas,
      template: {
        metadata: { labels: { team: 'shop' } },
        spec: { containers: [{ name: 'web', image, ports: [{ name: 'http', containerPort: 80 }] }] },
      },
      config: [{ name: 'httpd', data: { 'httpd.conf': config }, mountPath: '/etc/httpd' }],
      services,
      promotion: { drainSeconds: 30 },
      retention: { warm: 1, warmSeconds, versions: 10 },
      ...more,
    },
  };
}

export const setConfig = (value: string) => (draft: Stored) => {
  draft.spec!.config = [{ name: 'httpd', data: { 'httpd.conf': value }, mountPath: '/etc/httpd' }];
};
export const setSpec = (fields: Fields) => (draft: Stored) => {
  draft.spec = { ...draft.spec, ...fields };
};

export interface Scenario {
  readonly name: string;
  /** What is there before; the operator is left alone until nothing happens any more. */
  readonly given: readonly ((world: World) => void)[];
  readonly when: (world: World) => void;
}
