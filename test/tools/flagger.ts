// The controller of Flagger, to move away from.
import type { Filling } from '../../deploy/local/cache.ts';
import { findReleased, type Release } from './released.ts';

export const findFlagger = (filling: Filling): Promise<Release> =>
  findReleased(
    {
      title: 'Flagger',
      module: 'github.com/fluxcd/flagger',
      version: 'v1.43.0',
      program: 'cmd/flagger',
      manifests: 'kustomize/base/flagger',
      // It has no flag to listen on loopback only.
      edits: [['pkg/server/server.go', '":" + port', '"127.0.0.1:" + port']],
    },
    filling,
  );
