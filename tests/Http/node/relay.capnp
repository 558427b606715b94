# The runner says where the KV server is (--external-addr kv=...), and has the system choose the port of the Worker.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "relay.worker.js")],
      compatibilityDate = "2026-06-01",
      bindings = [(name = "KV", kvNamespace = "kv")],
    )),
    (name = "kv", external = (address = "127.0.0.1:8379", http = (injectRequestHeaders = [(name = "X-KV-Namespace", value = "relay")]))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
