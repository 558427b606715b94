# workerd serve config.capnp
# Serves worker.js on http://127.0.0.1:8787, and keeps its KV namespace in the RespKv on this machine.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.js")],
      compatibilityDate = "2026-06-01",
      bindings = [(name = "NOTES", kvNamespace = "kv")],
    )),

    # RespKv. One such service for each namespace: the header says which.
    (name = "kv", external = (
      address = "127.0.0.1:8379",
      http = (injectRequestHeaders = [
        (name = "X-KV-Namespace", value = "notes"),
        # With --http-tokens notes:rw:sesame:
        # (name = "Authorization", value = "Bearer sesame"),
      ]),
    )),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "main")],
);
