// postject ships no types.
declare module 'postject' {
  /** Puts `data` as `resource` into the executable `file`, and says in its fuse that it is there. */
  export function inject(file: string, resource: string, data: Buffer, options: { readonly sentinelFuse: string }): Promise<void>;
}
