# workerd serve patterns.capnp
# Serves patterns.js on http://127.0.0.1:8787, and keeps its KV namespace in the RespKv on this machine.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "patterns.js")],
      compatibilityDate = "2026-06-01",
      bindings = [(name = "KV", kvNamespace = "kv")],
    )),
    (name = "kv", external = (address = "127.0.0.1:8379", http = (injectRequestHeaders = [(name = "X-KV-Namespace", value = "patterns")]))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "main")],
);
