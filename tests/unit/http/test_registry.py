"""The table of routes refuses to be incomplete."""

from typing import Any

import pytest

from limen.kernel.routes import NOBODY, PUBLIC, SESSION, Access, Route, permission
from limen.platform.http.faces import Faces
from limen.platform.http.messages import Request, Response
from limen.platform.http.registry import Registry, RegistryError


async def handler(_: Request) -> Response:
    return Response()


def route(operation: str, path: str, **changes: Any) -> Route:
    fields: dict[str, Any] = {
        "method": "GET", "summary": "", "access": PUBLIC, "answer": "api", "rate": "read",
        "csrf": "none", "cache": "no-store",
    }  # fmt: skip
    return Route(operation=operation, path=path, **{**fields, **changes})


def registry(*routes: Route, dev: bool = False) -> Registry:
    return Registry([Faces(routes, {r.operation: handler for r in routes})], dev=dev)


def test_a_route_without_handler_or_a_handler_without_route_stops_the_start() -> None:
    """R113, A079: deny by default begins at start-up."""
    with pytest.raises(RegistryError, match=r"b\.c"):
        Registry([Faces((route("a.b", "/a"), route("b.c", "/b")), {"a.b": handler})], dev=False)
    with pytest.raises(RegistryError, match=r"x\.y"):
        Registry([Faces((), {"x.y": handler})], dev=False)


def test_contradictions_stop_the_start() -> None:
    """R113, R112: no permission named, no CSRF mode, a path twice, an operation twice."""
    wrong = [
        (route("a.b", "/a", access=Access("permission")),),
        (route("a.b", "/a", method="POST"),),
        (route("a.b", "/a", access=SESSION),),
        (route("a.b", "/a", method="POST", answer="page", access=SESSION),),
        (route("a.b", "/a"), route("a.c", "/a")),
        (route("a.b", "/x/{id}"), route("a.c", "/x/{name}")),
    ]
    for routes in wrong:
        with pytest.raises(RegistryError):
            registry(*routes)
    with pytest.raises(RegistryError):
        Registry(
            [Faces((route("a.b", "/a"),), {"a.b": handler})] * 2,
            dev=False,
        )


@pytest.mark.parametrize(
    "said",
    [
        {},  # whose it is was forgotten
        {"manages": "other"},
        {"manages": "id", "owner": "thing"},  # and nobody finds the owner of a thing
    ],
)
def test_a_write_on_an_id_says_whom_it_manages(said: dict[str, Any]) -> None:
    """R120, R113: a route that forgets the person behind its object stops the start."""
    write = {"method": "DELETE", "csrf": "json", "access": permission("things:write")}
    with pytest.raises(RegistryError, match=r"thing\.delete"):
        registry(route("thing.delete", "/api/v1/things/{id}", **write, **said))
    registry(route("thing.delete", "/api/v1/things/{id}", **write, manages=NOBODY))
    with pytest.raises(RegistryError, match="changes a person"):
        registry(route("user.delete", "/api/v1/users/{id}", **write, manages=NOBODY))


def test_fixed_segments_win_over_names() -> None:
    table = registry(
        route("u.get", "/u/{id}", access=permission("users:read")),
        route("u.import", "/u/import"),
        route("u.mail", "/u/{id}/emails/{email}"),
    )
    found = table.find("/u/import")
    assert found is not None
    assert found.entries["GET"].route.operation == "u.import"
    found = table.find("/u/1/emails/2")
    assert found is not None
    assert found.params == {"id": "1", "email": "2"}


def test_there_are_no_aliases() -> None:
    """A079: trailing slash, double slash and case are other paths, and lead nowhere."""
    table = registry(route("u.get", "/u/{id}"), route("u.list", "/u"))
    for alias in ("/u/", "//u", "/U", "/u/1/", "/u//1", "u"):
        assert table.find(alias) is None
    assert table.find("/u/1/2") is None


def test_dev_routes_exist_in_dev_only() -> None:
    """A091: what is switched off is not there."""
    dev = route("dev.mail", "/dev/mail", dev=True)
    assert registry(dev).find("/dev/mail") is None
    assert registry(dev, dev=True).find("/dev/mail") is not None
