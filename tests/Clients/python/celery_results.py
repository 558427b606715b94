"""Celery's results: kept as strings, told of by messages. (Its broker needs lists.) celery_results.py PORT [PASSWORD]"""

import os
import sys
import threading

import redis as redis_py
from celery import Celery, states
from celery.exceptions import TimeoutError
from tour import HOST, PASSWORD, PORT, main, raises, step, until, url

redis = redis_py.Redis(host=HOST, port=PORT, password=PASSWORD, decode_responses=True)
redis.flushdb()
app = Celery("tour", backend=url(), broker="memory://")
app.conf.result_expires = 600


@step
def a_result_is_kept_for_its_time():
    app.backend.store_result("kept", {"answer": 42}, states.SUCCESS)
    result = app.AsyncResult("kept")
    assert result.state == states.SUCCESS and result.get(timeout=10) == {"answer": 42}
    assert 590 <= redis.ttl("celery-task-meta-kept") <= 600
    result.forget()
    assert redis.keys("celery-task-meta-*") == []


@step
def who_waits_is_told():
    result, got = app.AsyncResult("awaited"), []
    waiter = threading.Thread(target=lambda: got.append(result.get(timeout=10)))
    waiter.start()
    until(lambda: redis.pubsub_numsub("celery-task-meta-awaited") == [("celery-task-meta-awaited", 1)], "someone waits")
    app.backend.store_result("awaited", "done", states.SUCCESS)
    waiter.join()
    assert got == ["done"]
    result.forget()


@step
def a_failure_is_raised_where_it_is_awaited():
    app.backend.store_result("failed", ValueError("wrong"), states.FAILURE)
    result = app.AsyncResult("failed")
    raises(ValueError, result.get, 10)
    result.forget()


@step
def what_has_no_result_yet_is_pending():
    result = app.AsyncResult("never")
    assert result.state == states.PENDING and not result.ready()
    raises(TimeoutError, result.get, 0.05)
    result.forget()


@step
def a_success_is_not_overwritten_by_what_comes_late():
    app.backend.store_result("late", 1, states.SUCCESS)
    app.backend.store_result("late", None, states.STARTED)
    assert app.backend.get_state("late") == states.SUCCESS


try:
    main()
except SystemExit as end:
    # Results that Celery still remembers would ask the server while Python shuts down, and complain that it does.
    sys.stdout.flush()
    os._exit(end.code)
