// The routers there are.
import type { Router } from './router.ts';
import { service } from './service.ts';

export const ROUTERS: { readonly [K in Router['kind']]: Router & { readonly kind: K } } = { Service: service };
