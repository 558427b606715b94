"""Flask with flask-caching and flask-limiter: flask_limits.py PORT [PASSWORD]"""

import redis as redis_py
from flask import Flask
from flask_caching import Cache
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from tour import HOST, PASSWORD, PORT, main, step, until, url

redis = redis_py.Redis(host=HOST, port=PORT, password=PASSWORD, decode_responses=True)
redis.flushdb()
app = Flask("tour")
cache = Cache(app, config={"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": url(), "CACHE_KEY_PREFIX": "flask:", "CACHE_DEFAULT_TIMEOUT": 300})
made = []


@app.route("/page")
@cache.cached(timeout=60, query_string=True)
def page():
    made.append("page")
    return f"page {len(made)}"


@cache.memoize(60)
def square(n):
    made.append(n)
    return n * n


@step
def values_and_their_times():
    backend = cache.cache
    for value in ("text", 42, None, [1, 2], {"a": b"\x00"}):
        assert cache.set("kind", value) and cache.get("kind") == value
    assert 290 <= redis.ttl("flask:kind") <= 300
    cache.set("ever", 1, timeout=0)
    assert redis.ttl("flask:ever") == -1
    assert cache.add("added", 1) and not cache.add("added", 2) and cache.get("added") == 1
    assert 290 <= redis.ttl("flask:added") <= 300
    assert cache.has("added") and not cache.has("none")
    assert backend.inc("counted", 5) == 5 and backend.dec("counted", 2) == 3
    assert cache.set_many({"a": 1, "b": 2}) and cache.get_many("a", "none", "b") == [1, None, 2]
    assert cache.get_dict("a", "b") == {"a": 1, "b": 2}
    cache.delete_many("a", "b")
    assert cache.get("a") is None and cache.get("b") is None
    assert cache.delete("added") and cache.get("added") is None


@step
def a_page_is_made_once_for_each_query():
    made.clear()
    with app.test_client() as browser:
        assert [browser.get(path).text for path in ("/page", "/page", "/page?a=1", "/page")] == ["page 1", "page 1", "page 2", "page 1"]


@step
def a_function_is_called_once_for_each_argument_until_it_is_forgotten():
    made.clear()
    assert [square(3), square(3), square(4)] == [9, 9, 16] and made == [3, 4]
    cache.delete_memoized(square, 3)
    assert square(3) == 9 and square(4) == 16 and made == [3, 4, 3]
    cache.delete_memoized(square)
    assert square(4) == 16 and made == [3, 4, 3, 4]


@step
def clearing_takes_what_has_the_prefix():
    redis.set("other", "kept")
    assert cache.clear()
    assert redis.keys("*") == ["other"]


@step
def requests_over_the_limit_are_refused():
    for strategy in ("fixed-window", "fixed-window-elastic-expiry"):
        redis.flushdb()
        limited = Flask(strategy)
        limiter = Limiter(get_remote_address, app=limited, storage_uri=url(), strategy=strategy, headers_enabled=True)

        @limited.route("/three")
        @limiter.limit("3 per hour")
        def three():
            return "served"

        @limited.route("/brief")
        @limiter.limit("1 per second")
        def brief():
            return "served"

        with limited.test_client() as browser:
            replies = [browser.get("/three") for _ in range(5)]
            assert [reply.status_code for reply in replies] == [200, 200, 200, 429, 429]
            assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["2", "1", "0", "0", "0"]
            (key,) = redis.keys("*three*")
            assert 3500 <= redis.ttl(key) <= 3600
            if strategy == "fixed-window":
                browser.get("/brief")
                until(lambda: browser.get("/brief").status_code == 200, "the limit ends")
        limiter.reset()
        assert redis.keys("LIMITER*") == []


main()
