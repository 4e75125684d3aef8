"""`RestError`: a request that is answered with an error."""

from collections.abc import Mapping


class RestError(Exception):
    """What is wrong with a request, and the HTTP status that says so.

    Args:
        status: of HTTP, from 400.
        text: said to who asks, as `{"error": text}`.
        headers: of the answer, such as Retry-After.
    """

    def __init__(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status, self.text, self.headers = status, text, dict(headers or {})
