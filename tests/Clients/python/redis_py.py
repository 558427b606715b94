"""A tour of redis-py: python3 redis_py.py PORT [PASSWORD]"""

import sys
import threading
import time
import traceback

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

OPTIONS = dict(host="127.0.0.1", port=int(sys.argv[1]), password=sys.argv[2] if len(sys.argv) > 2 else None)
r = redis.Redis(decode_responses=True, **OPTIONS)
STEPS = []


def step(function):
    STEPS.append(function)
    return function


def raises(kind, text, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except kind as error:
        assert str(error) == text, f"{error!s} is not {text}"
    else:
        raise AssertionError(f"no {kind.__name__}")


def until(is_so):
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end, "It did not come about in time."
        time.sleep(0.01)


@step
def connecting():
    assert r.ping() is True
    named = redis.Redis(client_name="tour", db=3, health_check_interval=1, decode_responses=True, **OPTIONS)
    assert named.client_getname() == "tour"
    assert named.client_info()["db"] == 3
    named.set("in-three", 1)
    assert r.exists("in-three") == 0
    assert named.flushdb() is True
    assert r.echo("words") == "words"
    assert r.client_id() != named.client_id()


@step
def strings():
    assert r.set("s", "value") is True
    assert r.get("s") == "value"
    assert r.get("none") is None
    assert r.set("s", "other", nx=True) is None
    assert r.set("s", "other", xx=True, get=True) == "value"
    assert r.set("s", "third", ex=100) is True
    assert r.ttl("s") == 100
    assert r.set("s", "fourth", keepttl=True) is True
    assert r.pttl("s") > 90_000
    assert r.getex("s", persist=True) == "fourth"
    assert r.ttl("s") == -1
    assert r.getdel("s") == "fourth"
    assert r.setex("s", 60, "a") is True
    assert r.psetex("s", 60_000, "b") is True
    assert r.setnx("s", "c") is False
    assert r.getset("s", "d") == "b"


@step
def bytes_without_decode_responses():
    raw = redis.Redis(**OPTIONS)
    everything = bytes(range(256))
    assert raw.set(everything, everything) is True
    assert raw.get(everything) == everything
    assert raw.getdel(everything) == everything
    assert r.set("é", "naïve") is True
    assert raw.get("é") == "naïve".encode()


@step
def expiry():
    r.set("brief", "x", px=20)
    until(lambda: r.get("brief") is None)
    r.set("e", "x")
    assert r.expire("e", 100) is True
    assert r.expire("e", 50, gt=True) is False
    at = int(time.time()) + 1000
    assert r.expireat("e", at) is True
    assert r.expiretime("e") == at
    assert r.persist("e") is True
    assert r.expire("none", 1) is False


@step
def numbers():
    assert r.incr("n") == 1
    assert r.incr("n", 41) == 42
    assert r.decr("n", 2) == 40
    assert r.incrbyfloat("n", 0.5) == 40.5
    raises(redis.ResponseError, "value is not an integer or out of range", r.incr, "n")


@step
def parts_and_bits():
    r.set("p", "Hello")
    assert r.append("p", " World") == 11
    assert r.getrange("p", 6, -1) == "World"
    assert r.setrange("p", 6, "Redis") == 11
    assert r.strlen("p") == 11
    assert r.setbit("bits", 7, 1) == 0
    assert r.bitcount("bits") == 1
    assert r.bitop("NOT", "not", "bits") == 1
    assert r.bitpos("not", 0) == 7
    assert r.bitfield("field").set("u8", "#1", 255).incrby("u8", "#1", 10).execute() == [0, 9]
    assert r.lcs("p", "p") == "Hello Redis"


@step
def several_keys():
    assert r.mset({"m:1": "a", "m:2": "b"}) is True
    assert r.mget("m:1", "m:none", "m:2") == ["a", None, "b"]
    assert r.msetnx({"m:1": "x", "m:4": "y"}) is False
    assert r.delete("m:1", "m:none") == 1
    assert r.unlink("m:2") == 1


@step
def values_of_megabytes():
    megabytes = "m" * (4 << 20)
    assert r.set("big", megabytes) is True
    assert r.get("big") == megabytes
    r.delete("big")


@step
def a_pipeline_is_a_transaction():
    with r.pipeline() as pipe:
        assert pipe.set("t", 1).incr("t").get("t").execute() == [True, 2, "2"]
        pipe.set("t", "text").incr("t").set("t2", "set all the same")
        raises(redis.ResponseError, "Command # 2 (INCRBY t 1) of pipeline caused error: value is not an integer or out of range", pipe.execute)
    assert r.get("t2") == "set all the same"
    with r.pipeline() as pipe:
        pipe.set("t2", "not done")
        pipe.execute_command("GET")
        raises(redis.ResponseError, "Command # 2 (GET) of pipeline caused error: wrong number of arguments for 'get' command", pipe.execute)
    assert r.get("t2") == "set all the same"


@step
def a_pipeline_without_a_transaction():
    with r.pipeline(transaction=False) as pipe:
        for i in range(50_000):
            pipe.set(f"pipe:{i}", i)
        assert all(pipe.execute())
        replies = pipe.get("pipe:7").incr("p").get("pipe:49999").execute(raise_on_error=False)
    assert replies[0] == "7" and replies[2] == "49999"
    assert isinstance(replies[1], redis.ResponseError)


@step
def watching():
    with r.pipeline() as pipe:
        pipe.watch("w")
        assert pipe.get("w") is None
        r.set("w", "theirs")
        pipe.multi()
        pipe.set("w", "mine")
        raises(redis.WatchError, "Watched variable changed.", pipe.execute)

    def increment(pipe):
        value = int(pipe.get("counter") or 0)
        pipe.multi()
        pipe.set("counter", value + 1)

    adders = [threading.Thread(target=lambda: [r.transaction(increment, "counter") for _ in range(50)]) for _ in range(4)]
    for adder in adders:
        adder.start()
    for adder in adders:
        adder.join()
    assert r.get("counter") == "200"


@step
def a_lock_without_lua():
    """The recipe of SET NX PX and of WATCH to give the lock back only while it is still ours."""

    def acquire(token):
        return r.set("lock", token, nx=True, px=60_000)

    def release(token):
        with r.pipeline() as pipe:
            pipe.watch("lock")
            if pipe.get("lock") != token:
                return False
            pipe.multi()
            pipe.delete("lock")
            return pipe.execute() == [1]

    assert acquire("first") is True
    assert acquire("second") is None
    assert release("second") is False
    assert release("first") is True
    assert acquire("second") is True


@step
def scanning():
    assert len(set(r.scan_iter("pipe:*", count=1000))) == 50_000
    assert list(r.scan_iter("pipe:7", _type="string")) == ["pipe:7"]
    assert list(r.scan_iter("pipe:7", _type="hash")) == []
    cursor, page = r.scan(0, count=10)
    assert cursor != 0 and page
    assert sorted(r.keys("pipe:1?")) == [f"pipe:1{i}" for i in range(10)]
    assert r.randomkey() is not None


@step
def messages():
    with r.pubsub(ignore_subscribe_messages=True) as subscriber:
        handled = []
        subscriber.subscribe("news", **{"handled": lambda message: handled.append(message["data"])})
        subscriber.psubscribe("ne?s")
        until(lambda: r.pubsub_numpat() == 1)
        assert r.publish("news", "hello") == 2
        assert r.publish("handled", "by a function") == 1
        received = []
        until(lambda: received.append(subscriber.get_message(timeout=0.1)) or len([m for m in received if m]) == 2 and handled)
        received = sorted((m for m in received if m), key=lambda m: m["type"])
        assert [(m["type"], m["pattern"], m["channel"], m["data"]) for m in received] == [
            ("message", None, "news", "hello"),
            ("pmessage", "ne?s", "news", "hello"),
        ]
        assert handled == ["by a function"]
        assert r.pubsub_channels("n*") == ["news"]
        assert r.pubsub_numsub("news", "none") == [("news", 1), ("none", 0)]
        subscriber.ping()
        until(lambda: subscriber.get_message(timeout=0.1) is None)


@step
def monitoring():
    with r.monitor() as monitor:
        r.set("seen", 'with "quotes" in it')
        commands = monitor.listen()
        assert next(commands)["command"] == 'SET seen with "quotes" in it'


@step
def dump_and_restore():
    raw = redis.Redis(**OPTIONS)
    raw.set("d", b"dumped")
    dump = raw.dump("d")
    assert raw.restore("d2", 60_000, dump) == b"OK"
    assert raw.get("d2") == b"dumped" and raw.ttl("d2") == 60
    raises(redis.ResponseError, "BUSYKEY Target key name already exists.", raw.restore, "d2", 0, dump)
    assert raw.restore("d2", 0, dump, replace=True) == b"OK"


@step
def keys():
    r.set("r", 1)
    assert r.rename("r", "r2") is True
    assert r.copy("r2", "r3") is True
    assert r.type("r3") == "string"
    assert r.object("encoding", "r3") == "int"
    assert r.move("r3", 5) is True
    assert r.touch("r2", "r3") == 1
    assert r.renamenx("r2", "s") is False
    raises(redis.ResponseError, "no such key", r.rename, "none", "r")
    assert r.memory_usage("r2") > 0


@step
def the_server():
    assert r.info()["redis_mode"] == "standalone"
    assert r.info("keyspace")["db0"]["keys"] == r.dbsize()
    assert r.config_get("maxmemory-sample*") == {"maxmemory-samples": "5"}
    assert r.config_set("maxmemory-samples", 6) is True
    assert r.config_set("maxmemory-samples", 5) is True
    assert r.config_resetstat() is True
    assert abs(r.time()[0] - time.time()) < 60
    assert r.command_count() > 100
    assert "get" in r.command()
    assert any(client["cmd"] == "client|list" for client in r.client_list())
    assert isinstance(r.slowlog_get(), list)
    assert r.role()[0] == "master"
    assert r.swapdb(0, 9) and r.swapdb(0, 9)
    raises(redis.ResponseError, "unknown command 'NOSUCH', with args beginning with: 'a' ", r.execute_command, "NOSUCH", "a")


@step
def a_connection_that_was_killed_is_made_anew():
    client = redis.Redis(decode_responses=True, retry=Retry(NoBackoff(), 3), retry_on_error=[redis.ConnectionError], **OPTIONS)
    before = client.client_id()
    assert r.client_kill_filter(_id=before) == 1
    assert client.get("s") == "d"
    assert client.client_id() != before


@step
def many_threads_on_one_pool():
    def work():
        for _ in range(200):
            r.incr("threads")

    workers = [threading.Thread(target=work) for _ in range(10)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert r.get("threads") == "2000"


if r.execute_command("COMMAND INFO", "kv.put")[0] is not None:

    @step
    def kv_commands():
        assert r.execute_command("KV.PUT", "kv", "v", "META", '{"a":1}') == "OK"
        entry = r.execute_command("KV.GETMETA", "kv")
        fields = dict(zip(entry[::2], entry[1::2]))
        assert (fields["value"], fields["metadata"], fields["expiration"]) == ("v", '{"a":1}', None)


@step
def flushing():
    assert r.dbsize() > 50_000
    assert r.flushdb(asynchronous=True) is True
    assert r.flushall() is True
    assert r.dbsize() == 0


def main():
    failed = 0
    for run in STEPS:
        try:
            run()
        except Exception:
            failed += 1
            print(f"step failed: {run.__name__}", file=sys.stderr)
            traceback.print_exc()
    print(f"{len(STEPS) - failed} of {len(STEPS)} steps passed")
    return 1 if failed else 0


sys.exit(main())
