"""The addresses of device authorization."""

from limen.kernel.routes import CLIENT, PUBLIC, Route

ROUTES: tuple[Route, ...] = (
    Route(
        method="POST", path="/oauth2/device", operation="device.start",
        summary="Ask for a person's decision from a device without a browser (RFC 8628).",
        access=CLIENT, answer="protocol", rate="token", csrf="none", cache="no-store",
    ),
    Route(
        method="GET", path="/device", operation="device.show",
        summary="Enter a device's code, and see what it asks for.", access=PUBLIC,
        answer="page", rate="read", csrf="none", cache="no-store",
    ),
    Route(
        method="POST", path="/device", operation="device.submit",
        summary="Allow a device what it asks for, or not.", access=PUBLIC, answer="page",
        rate="write", csrf="form", cache="no-store",
    ),
)  # fmt: skip
