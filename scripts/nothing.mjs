// What the plugin's bundle has in the place of a package that it loads and never uses.
export const Agent = undefined;
export const ProxyAgent = undefined;
export const fetch = undefined;
export const createConfiguration = undefined;
export const ServerConfiguration = undefined;
export const SocksClient = undefined;
