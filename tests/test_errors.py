"""The exception tree: built-in bases, hints, and how the command line tells a wrong call from failed work."""

from __future__ import annotations

import inspect

import pytest

from polyclinic import errors
from polyclinic.errors import ConfigError, PolyclinicError, ReadError, UsageError

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_is_one_of_ours_and_a_built_in_one(cls: type[PolyclinicError]) -> None:
    assert issubclass(cls, PolyclinicError)
    built_in = [base for base in cls.__mro__ if base.__module__ == "builtins" and base not in (Exception, object)]
    assert cls is PolyclinicError or len(built_in) > 1  # BaseException, and the one that callers would expect
    assert inspect.getdoc(cls)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_message_and_hint_are_kept_apart(cls: type[PolyclinicError]) -> None:
    error = cls("expected 2 images, got 1", hint="add the prior image")
    assert str(error) == "expected 2 images, got 1"
    assert error.hint == "add the prior image"
    assert cls("expected 2 images, got 1").hint is None


def test_a_wrong_field_is_a_wrong_call() -> None:
    assert issubclass(ConfigError, UsageError)
    assert not issubclass(ReadError, UsageError)


def test_built_in_handlers_see_them() -> None:
    with pytest.raises(OSError, match="truncated"):
        raise ReadError("scan.png is truncated")
