"""The exception tree: every error says what was expected, what was found, and what to do.

Each class derives from `PolyclinicError` and from the built-in exception that callers would expect,
so `except ValueError` keeps working. The command line prints `message` and `hint`, never a traceback.
"""


class PolyclinicError(Exception):
    """Root of all errors raised on purpose by this package.

    Args:
        message: what was expected and what was found.
        hint: what to do about it.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(PolyclinicError, ValueError):
    """The call itself was wrong: an unknown name, a bad argument (exit status 2)."""


class RecordError(PolyclinicError, ValueError):
    """A Study or a collection breaks its schema; the message names file, line and field."""


class ReadError(PolyclinicError, OSError):
    """A file could not be read: missing, truncated, no pixels, not the format it claims."""


class LayoutError(PolyclinicError, ValueError):
    """A folder matches no known layout, or breaks the layout that it announces."""


class PixelError(PolyclinicError, ValueError):
    """Pixels are unusable: NaN only, empty, or of another size than their masks."""


class ShapeError(PolyclinicError, ValueError):
    """Tensors of the wrong shape."""


class ConfigError(UsageError):
    """A configuration field is unknown or has the wrong type."""


class CheckpointError(PolyclinicError, OSError):
    """A checkpoint or run folder is incomplete, damaged, or belongs to another system."""


class UnsupportedError(PolyclinicError, NotImplementedError):
    """A system does not provide the verb asked of it, or an optional library is missing."""


class TrainingError(PolyclinicError, RuntimeError):
    """Training cannot go on: no usable studies, a loss that is not finite."""
