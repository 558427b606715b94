"""Django with django-redis: cache, sessions, cached pages: django_cache.py PORT [PASSWORD]"""

import threading

import django
from django.conf import settings
from tour import main, raises, step, until, url

CACHE = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": url(1), "KEY_PREFIX": "site", "TIMEOUT": 300}
settings.configure(
    SECRET_KEY="of this tour",
    CACHES={
        "default": CACHE,
        "other": {**CACHE, "KEY_PREFIX": "other"},
        "json": {**CACHE, "KEY_PREFIX": "json", "OPTIONS": {"SERIALIZER": "django_redis.serializers.json.JSONSerializer", "COMPRESSOR": "django_redis.compressors.zlib.ZlibCompressor"}},
    },
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    USE_TZ=True,
)
django.setup()

from django.contrib.sessions.backends.cache import SessionStore
from django.core.cache import cache, caches
from django.http import HttpResponse
from django.test import RequestFactory
from django.views.decorators.cache import cache_page
from django_redis import get_redis_connection

redis = get_redis_connection("default")
redis.flushdb()


@step
def values_come_back_as_they_were():
    for value in ("text", "", b"\x00\xff", 42, 1.5, None, True, [1, (2,)], {"a": {"b": None}}):
        cache.set("kind", value)
        assert cache.get("kind", "missing") == value
    assert cache.get("none", "missing") == "missing"
    assert cache.delete("kind") and not cache.delete("kind")


@step
def timeouts_are_the_servers():
    cache.set("timed", 1)
    assert 290 <= redis.ttl("site:1:timed") <= 300
    cache.set("timed", 1, timeout=None)
    assert cache.ttl("timed") is None
    assert cache.touch("timed", 60) and 50 <= cache.ttl("timed") <= 60
    assert cache.persist("timed") and redis.ttl("site:1:timed") == -1
    assert cache.pexpire("timed", 50_000) and 40_000 <= cache.pttl("timed") <= 50_000
    cache.set("timed", 1, timeout=0)
    assert cache.get("timed") is None
    cache.set("brief", 1, timeout=0.02)
    until(lambda: cache.get("brief") is None, "the key expires")
    assert cache.ttl("brief") == 0


@step
def only_the_first_adds():
    assert cache.add("added", "first") and not cache.add("added", "second")
    assert cache.set("added", "third", nx=True) is not True
    assert cache.get_or_set("added", "fourth") == "first"
    assert cache.get_or_set("made", lambda: "value") == "value"


@step
def counting():
    raises(ValueError, cache.incr, "counted")
    cache.set("counted", 1, timeout=60)
    assert cache.incr("counted") == 2 and cache.incr("counted", 10) == 12 and cache.decr("counted", 2) == 10
    assert 50 <= cache.ttl("counted") <= 60
    workers = [threading.Thread(target=lambda: [cache.incr("counted") for _ in range(50)]) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert cache.get("counted") == 210


@step
def many_at_once():
    cache.set_many({f"many:{i}": i for i in range(100)}, timeout=60)
    assert cache.get_many(["many:1", "many:none", "many:2"]) == {"many:1": 1, "many:2": 2}
    assert 50 <= cache.ttl("many:99") <= 60
    assert cache.delete_many(["many:1", "many:2", "many:none"]) == 2


@step
def keys_are_found_and_deleted_by_pattern():
    assert sorted(cache.keys("many:9?")) == [f"many:9{i}" for i in range(10)]
    assert sorted(cache.iter_keys("many:*")) == sorted(f"many:{i}" for i in range(100) if i not in (1, 2))
    assert cache.delete_pattern("many:*", itersize=10) == 98
    assert cache.keys("many:*") == []


@step
def versions():
    cache.set("versioned", "one", version=1)
    assert cache.incr_version("versioned") == 2
    assert cache.get("versioned", version=1) is None and cache.get("versioned", version=2) == "one"
    assert cache.delete_pattern("*", version=2) == 1


@step
def a_cache_with_another_serializer_and_compression():
    long = {"text": "é" * 10_000}
    caches["json"].set("long", long)
    assert caches["json"].get("long") == long
    assert redis.strlen("json:1:long") < 1000


@step
def a_lock_has_one_owner():
    with cache.lock("locked", timeout=60):
        assert 50 <= redis.ttl("site:1:locked") <= 60
        assert not cache.lock("locked").acquire(blocking=False)
    lost = cache.lock("locked", timeout=60)
    assert lost.acquire(blocking=False)
    lost.extend(60)
    assert redis.ttl("site:1:locked") > 100
    redis.set("site:1:locked", "another")
    from redis.exceptions import LockError

    raises(LockError, lost.release)
    assert redis.get("site:1:locked") == b"another"


@step
def sessions():
    session = SessionStore()
    session["user"] = "ada"
    session.set_expiry(600)
    session.save()
    assert 590 <= cache.ttl("django.contrib.sessions.cache" + session.session_key) <= 600
    again = SessionStore(session.session_key)
    assert again["user"] == "ada" and again.exists(session.session_key)
    old = again.session_key
    again.cycle_key()
    assert not again.exists(old) and SessionStore(again.session_key)["user"] == "ada"
    again.flush()
    assert "user" not in SessionStore(again.session_key)


@step
def pages():
    made = []

    @cache_page(60)
    def page(request):
        made.append(request)
        return HttpResponse(f"page {len(made)}")

    settings.ROOT_URLCONF, settings.ALLOWED_HOSTS = (), ["*"]
    requests = RequestFactory()
    assert [page(requests.get(path)).content for path in ("/a", "/a", "/b", "/a")] == [b"page 1", b"page 1", b"page 2", b"page 1"]


@step
def clearing():
    caches["other"].set("kept", 1)
    cache.delete_pattern("*")
    assert list(redis.scan_iter("site:*")) == [] and caches["other"].get("kept") == 1
    cache.clear()
    assert redis.dbsize() == 0


main()
