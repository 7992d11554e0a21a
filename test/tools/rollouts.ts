// The controller of Argo Rollouts, to compare with and to move away from.
import type { Filling } from '../../deploy/local/cache.ts';
import { findReleased, type Release } from './released.ts';

export const ROLLOUTS_VERSION = 'v1.10.2';

export const findRollouts = (filling: Filling): Promise<Release> =>
  findReleased(
    {
      title: 'Argo Rollouts',
      module: 'github.com/argoproj/argo-rollouts',
      version: ROLLOUTS_VERSION,
      program: 'cmd/rollouts-controller',
      manifests: 'manifests',
      edits: [
        // Any Go 1.26 may build it.
        ['go.mod', 'go 1.26.10\n', 'go 1.26.0\n'],
        // It has no flag to listen on loopback only.
        ['controller/controller.go', '"0.0.0.0:%d"', '"127.0.0.1:%d"'],
      ],
    },
    filling,
  );
