"""What the tours of frameworks share: steps that run in order, each named with its error when it fails."""

import sys
import time
import traceback

HOST = "127.0.0.1"
PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 0
PASSWORD = sys.argv[2] if len(sys.argv) > 2 else None

_steps = []


def url(database=0):
    """The address of the server as frameworks take it."""
    credentials = f":{PASSWORD}@" if PASSWORD else ""
    return f"redis://{credentials}{HOST}:{PORT}/{database}"


def step(run):
    """A step of the tour, named by its function."""
    _steps.append(run)
    return run


def until(is_so, what):
    """Waits until something is so; what other threads and the clock cause takes a moment to show."""
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end, f"It did not come about in time: {what}"
        time.sleep(0.01)


def raises(error, run, *arguments):
    """Fails unless the call raises such an error."""
    try:
        run(*arguments)
    except error:
        return
    raise AssertionError(f"{error.__name__} was not raised")


def main():
    """Runs the steps, and ends the process with 1 if one failed."""
    failed = 0
    for run in _steps:
        try:
            run()
        except Exception:
            failed += 1
            print(f"step failed: {run.__name__}", file=sys.stderr)
            traceback.print_exc()
    print(f"{len(_steps) - failed} of {len(_steps)} steps passed")
    sys.exit(1 if failed else 0)
