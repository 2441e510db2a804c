"""How a request is turned down: one exception with its status, in the form that OpenAI's clients read."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from polyclinic.errors import PolyclinicError, UnsupportedError

BAD_CALL, TOO_LARGE, UNPROCESSABLE = 400, 413, 422


class RefusedError(PolyclinicError):
    """A request that gets no answer.

    Args:
        status: of HTTP.
        retry_after_s: when to ask again, where that may help.
    """

    def __init__(self, message: str, *, status: int, hint: str | None = None, retry_after_s: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.retry_after_s = retry_after_s

    @property
    def body(self) -> dict[str, Any]:
        """The JSON form."""
        kind = HTTPStatus(self.status).phrase.lower().replace(" ", "_")
        return {"error": {"message": str(self), "type": kind, "code": self.status, "hint": self.hint}}

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to it."""
        found = {} if self.retry_after_s is None else {"retry-after": str(self.retry_after_s)}
        return found | ({"www-authenticate": "Bearer"} if self.status == HTTPStatus.UNAUTHORIZED else {})


def refusal_of(error: PolyclinicError) -> RefusedError:
    """What an error of the package means to who asked: all of them say that the request was wrong."""
    if isinstance(error, RefusedError):
        return error
    status = BAD_CALL if isinstance(error, UnsupportedError) else UNPROCESSABLE
    return RefusedError(str(error), status=status, hint=error.hint)
