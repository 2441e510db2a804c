"""The model beside the viewer: loaded in the background, asked one question at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Literal

from polyclinic.errors import PolyclinicError, UnsupportedError
from polyclinic.serving.notice import Notice
from polyclinic.study import Region, Study
from polyclinic.verbs import PROTOCOLS, Vectors, provided

State = Literal["none", "loading", "ready", "failed"]


_LOADING = threading.Lock()  # torch and transformers import their parts late, and not safely in two threads at a time


class LoadingModel:
    """A model that may still be loading.

    Args:
        name: what it is called; None for no model.
        load: gives the model; called in a thread of its own.
        system: which system it is of.
        notice: what it was trained on, as far as that is known.
    """

    def __init__(
        self,
        name: str | None,
        load: Callable[[], Any] | None = None,
        *,
        system: str | None = None,
        notice: Notice | None = None,
    ) -> None:
        self.name = name
        self.system = system
        self.notice = notice or Notice()
        self.state: State = "none" if load is None else "loading"
        self.error: str | None = None
        self._model: Any = None
        self._turn = threading.Lock()
        self._there = threading.Event()
        if load is not None:
            threading.Thread(target=self._load, args=(load,), daemon=True, name="model").start()

    @property
    def verbs(self) -> list[str]:
        """What it provides, empty until it is there."""
        return provided(self._model) if self._model is not None else []

    @property
    def known(self) -> list[str]:
        """Names that the model learned masks of, where it says so."""
        reading = getattr(self._model, "reading", None)
        masks = getattr(getattr(reading, "survey", None), "masks", getattr(self._model, "only_masks", None) or ())
        return [str(name) for name in masks]

    def segment(self, study: Study, prompts: Sequence[str | Region]) -> list[Region]:
        """As the verb, for one Study."""
        found: list[list[Region]] = self.call("segment", "segment", [study], [list(prompts)])
        return found[0]

    def find(self, study: Study, phrase: str) -> list[Region]:
        """As the verb, for one Study."""
        found: list[list[Region]] = self.call("find", "find", [study], [phrase])
        return found[0]

    def embed_images(self, studies: Sequence[Study]) -> Vectors:
        """As the verb."""
        vectors: Vectors = self.call("embed", "embed_images", list(studies))
        return vectors

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """As the verb."""
        vectors: Vectors = self.call("embed", "embed_texts", list(texts))
        return vectors

    def call(self, verb: str, method: str, *arguments: Any) -> Any:
        """Wait for the model and call it; calls take turns.

        Raises:
            UnsupportedError: there is no model, it could not be loaded, or it does not provide the verb.
        """
        if self.state == "none":
            raise UnsupportedError("no model is open", hint="start with `polyclinic open COLLECTION --model MODEL`")
        self._there.wait()
        if self._model is None:
            raise UnsupportedError(f"{self.name} could not be loaded: {self.error}")
        if not isinstance(self._model, PROTOCOLS[verb]):
            hint = "it provides " + ", ".join(self.verbs)
            raise UnsupportedError(f"{self.name} does not provide {verb!r}", hint=hint)
        with self._turn:
            return getattr(self._model, method)(*arguments)

    def _load(self, load: Callable[[], Any]) -> None:
        try:
            with _LOADING:
                self._model = load()
            self.state = "ready"
        except (PolyclinicError, OSError, RuntimeError, ImportError) as error:
            self.state, self.error = "failed", str(error)
        finally:
            self._there.set()
