// A plugin of Miniflare, and so of `wrangler dev`: KV namespaces that RespKv keeps, as unsafe bindings that name this file. See docs/http-kv.md.
const serviceOf = (binding) => `respkv:${binding.name}`;

function serviceFor(binding) {
  const { address = '127.0.0.1:8379', namespace = binding.name, token } = binding.options;
  const injectRequestHeaders = [{ name: 'X-KV-Namespace', value: namespace }];
  if (token !== undefined) injectRequestHeaders.push({ name: 'Authorization', value: `Bearer ${token}` });
  return { name: serviceOf(binding), external: { address, http: { injectRequestHeaders } } };
}

export const plugins = {
  respkv: {
    options: { parse: (options) => options },
    getBindings: (bindings) => (bindings ?? []).map((binding) => ({ name: binding.name, kvNamespace: { name: serviceOf(binding) } })),
    getNodeBindings: () => ({}),
    getServices: ({ options: bindings }) => (bindings ?? []).map(serviceFor),
  },
};
