"""dogpile.cache with its Redis backend and distributed lock: dogpile_cache.py PORT [PASSWORD]"""

import threading

import redis as redis_py
from dogpile.cache import make_region
from dogpile.cache.api import NO_VALUE
from tour import HOST, PASSWORD, PORT, main, step, until

redis = redis_py.Redis(host=HOST, port=PORT, password=PASSWORD)
redis.flushdb()


def region(**more):
    arguments = {"host": HOST, "port": PORT, "password": PASSWORD, "redis_expiration_time": 300, "distributed_lock": True, "thread_local_lock": False, "lock_timeout": 60, "lock_sleep": 0.01}
    return make_region(key_mangler=lambda key: "dogpile:" + key).configure("dogpile.cache.redis", expiration_time=200, arguments={**arguments, **more})


@step
def values_and_their_times():
    one = region()
    for value in ("text", 42, None, {"a": [1, b"\x00"]}):
        one.set("kind", value)
        assert one.get("kind") == value
    assert 290 <= redis.ttl("dogpile:kind") <= 300
    assert one.get("none") is NO_VALUE
    one.delete("kind")
    assert one.get("kind") is NO_VALUE


@step
def many_at_once():
    one = region()
    one.set_multi({"a": 1, "b": 2})
    assert one.get_multi(["a", "none", "b"]) == [1, NO_VALUE, 2]
    assert 290 <= redis.ttl("dogpile:b") <= 300
    assert one.get_or_create_multi(["a", "c"], lambda *keys: [key.upper() for key in keys]) == [1, "C"]
    one.delete_multi(["a", "b", "c"])
    assert redis.keys("dogpile:*") == []


@step
def a_value_is_made_once_by_many_callers_of_two_regions():
    one, two = region(), region()
    made, held, results = [], threading.Event(), []

    def make():
        made.append(1)
        assert held.wait(10)
        return "value"

    callers = [threading.Thread(target=lambda r=r: results.append(r.get_or_create("shared", make))) for r in (one, two) * 4]
    for caller in callers:
        caller.start()
    until(lambda: made, "someone makes it")
    (lock,) = redis.keys("*lock*")
    assert 50 <= redis.ttl(lock) <= 60
    held.set()
    for caller in callers:
        caller.join()
    assert results == ["value"] * 8 and len(made) == 1
    assert redis.keys("*lock*") == []


@step
def what_is_invalidated_is_made_anew():
    one = region()

    @one.cache_on_arguments(namespace="squares")
    def square(n):
        made.append(n)
        return n * n

    made = []
    assert [square(3), square(3)] == [9, 9] and made == [3]
    square.invalidate(3)
    assert square(3) == 9 and made == [3, 3]
    one.invalidate()
    assert square(3) == 9 and made == [3, 3, 3]


main()
