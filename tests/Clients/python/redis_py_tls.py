"""redis-py over TLS: python3 redis_py_tls.py PORT AUTHORITY CERTIFICATE KEY"""

import os
import sys

import redis

PORT, AUTHORITY, CERTIFICATE, KEY = sys.argv[1:5]
TLS = dict(host="localhost", port=int(PORT), ssl=True, ssl_ca_certs=AUTHORITY)
OWN = dict(ssl_certfile=CERTIFICATE, ssl_keyfile=KEY)


def main():
    r = redis.Redis(**TLS, **OWN)
    for size in (1, 5000, 100_000, 3_000_000):
        value = os.urandom(size)
        assert r.set("tls", value) is True
        assert r.get("tls") == value

    # The whole pipeline is written before a reply is read.
    pipeline = r.pipeline(transaction=False)
    for _ in range(20_000):
        pipeline.incr("tls:n")
    assert pipeline.execute()[-1] == 20_000

    messages = r.pubsub(ignore_subscribe_messages=True)
    messages.subscribe("tls:news")
    while messages.get_message(timeout=10) is not None:
        pass
    r.publish("tls:news", "hello")
    message = None
    while message is None:
        message = messages.get_message(timeout=10)
    assert message["data"] == b"hello"

    try:
        redis.Redis(**TLS).ping()
    except redis.ConnectionError:
        pass
    else:
        raise AssertionError("served without a certificate")
    print("passed")


main()
