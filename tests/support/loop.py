"""A pytest plugin: `async def` tests and fixtures, in one event loop a test."""

import asyncio
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvloop


@pytest.fixture
def run() -> Iterator[Callable[[Any], Any]]:
    """Run a coroutine on the test's event loop and return its result."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield runner.run


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: Any, request: pytest.FixtureRequest) -> None:
    """Let an async fixture be set up and torn down on the loop of its test."""
    made = fixturedef.func
    if inspect.isasyncgenfunction(made):
        fixturedef.func = _sync_generator(made, request.getfixturevalue("run"))
    elif inspect.iscoroutinefunction(made):
        runner = request.getfixturevalue("run")
        fixturedef.func = functools.wraps(made)(lambda **values: runner(made(**values)))
    else:
        return
    request.addfinalizer(lambda: setattr(fixturedef, "func", made))


def _sync_generator(made: Any, run: Callable[[Any], Any]) -> Any:
    @functools.wraps(made)
    def generator(**values: Any) -> Iterator[Any]:
        steps = made(**values)
        yield run(anext(steps))
        run(anext(steps, None))

    return generator


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every async test the loop, before its other fixtures."""
    for item in items:
        is_async = isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function)
        if is_async and "run" not in item.fixturenames:
            item.fixturenames.insert(0, "run")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    values = {name: pyfuncitem.funcargs[name] for name in names}
    pyfuncitem.funcargs["run"](pyfuncitem.obj(**values))
    return True
