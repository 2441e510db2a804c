"""Public weights for the encoders here: which tensor of a public layout belongs to which of ours.

In a table, a name here stands before the public name, both without the last part where that is the same (`weight`,
`bias`, running means). `{}` is a number; in the public name `{+1}` is one more than it, `{2+1}` twice it and one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt

from torch import Tensor, nn

from polyclinic.errors import CheckpointError, ShapeError
from polyclinic.parts.vision.vit import resized_positions

# Batch norm counts its batches; nothing here reads the count, and older files lack it.
COUNT = "num_batches_tracked"
POSITIONS = "positions_NE"


@dataclass(frozen=True)
class Layout:
    """How a public library names the tensors of one architecture.

    Args:
        names: own name -> public name, the first that fits counts.
        prefixes: before all public names; the first under which the file holds something known counts, and what lies
            outside it (a text tower, say) is not looked at.
        heads: public names, or their beginnings, that no encoder has: classifiers and projections.
        derived: ends of public names of what is computed from sizes alone.
    """

    names: Mapping[str, str]
    prefixes: tuple[str, ...] = ("",)
    heads: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()


def public_name(own: str, names: Mapping[str, str]) -> str:
    """What the public layout calls an own tensor.

    Raises:
        CheckpointError: the table has no name for it.
    """
    for ours, theirs in names.items():
        pattern = re.escape(ours).replace(re.escape("{}"), r"(\d+)")
        if found := re.fullmatch(rf"{pattern}((?:\..+)?)", own):
            *numbers, rest = found.groups()
            return _filled(theirs, [int(number) for number in numbers]) + rest
    raise CheckpointError(
        f"this layout has no name for the encoder's {own}", hint="choose the layout of the encoder's architecture"
    )


def _filled(template: str, numbers: list[int]) -> str:
    """`layer{+1}.{}` with 0 and 2 -> `layer1.2`."""
    left = iter(numbers)

    def one(found: re.Match[str]) -> str:
        times, more = found.groups()
        return str(int(times or 1) * next(left) + int(more or 0))

    return re.sub(r"\{(\d*)(?:\+(\d+))?\}", one, template)


def renamed(weights: Mapping[str, Tensor], layout: Layout, encoder: nn.Module) -> dict[str, Tensor]:
    """Public weights under own names, in own shapes; positions are resized to the encoder's image size.

    Raises:
        CheckpointError: a tensor is missing, unknown or of another size; the message names the first.
    """
    own = {name: tensor for name, tensor in encoder.state_dict().items() if not name.endswith(COUNT)}
    wanted = {name: public_name(name, layout.names) for name in own}
    prefix = next((p for p in layout.prefixes if any(p + name in weights for name in wanted.values())), None)
    if prefix is None:
        raise CheckpointError(
            f"nothing in the file is named as in this layout: {next(iter(weights), 'it is empty')} ...",
            hint=f"expected names such as {layout.prefixes[0]}{next(iter(wanted.values()))}",
        )
    inside = {name.removeprefix(prefix) for name in weights if name.startswith(prefix) and not name.endswith(COUNT)}
    for name in sorted(inside - set(wanted.values())):
        if not name.startswith(layout.heads) and not name.endswith(layout.derived):
            raise CheckpointError(
                f"the file holds {prefix}{name}, which the encoder lacks", hint="choose an encoder of the file's depth"
            )
    return {name: _fitted(weights, prefix + public, name, own[name]) for name, public in wanted.items()}


def _fitted(weights: Mapping[str, Tensor], public: str, own: str, like: Tensor) -> Tensor:
    if public not in weights:
        raise CheckpointError(f"the file lacks {public}", hint="choose an encoder of the file's architecture")
    theirs = weights[public]
    if own.endswith(POSITIONS):
        theirs = _resized(theirs.reshape(-1, theirs.shape[-1]), like, public)
    # Ones in a shape say nothing: (1, 1, E) for a class token, (E, 1, 1) for a scale.
    if [n for n in theirs.shape if n > 1] != [n for n in like.shape if n > 1]:
        raise CheckpointError(
            f"{public} has the shape {tuple(theirs.shape)}, expected {tuple(like.shape)}",
            hint="choose an encoder of the file's widths and channels",
        )
    return theirs.reshape(like.shape)


def _resized(theirs_NE: Tensor, like_NE: Tensor, public: str) -> Tensor:
    """Positions for as many places as `like_NE` has; those before the places stay."""
    if len(theirs_NE) == len(like_NE):
        return theirs_NE
    before = int(isqrt(len(like_NE)) ** 2 != len(like_NE))
    side = isqrt(len(like_NE) - before)
    try:
        return resized_positions(theirs_NE, before=before, grid=(side, side))
    except ShapeError as error:
        raise CheckpointError(f"{public}: {error}", hint="choose an encoder with as many class tokens") from error


def load_public(encoder: nn.Module, weights: Mapping[str, Tensor], layout: Layout) -> None:
    """Give an encoder public weights.

    Raises:
        CheckpointError: they do not fit.
    """
    encoder.load_state_dict(renamed(weights, layout, encoder), strict=False)
