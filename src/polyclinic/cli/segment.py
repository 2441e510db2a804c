"""`polyclinic segment`: masks of what prompts name, as a picture or a NIfTI volume."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyclinic.cli.inputs import model_argument, one_line, open_model, open_study
from polyclinic.cli.output import emit, note
from polyclinic.errors import UsageError

if TYPE_CHECKING:
    from polyclinic.study import Image, Region, Study

HELP = "Draw what each prompt names in an image or a volume."
ENDINGS = (".png", ".nii", ".nii.gz")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    model_argument(parser)
    parser.add_argument("image", metavar="IMAGE", help="image file, or a NIfTI volume")
    parser.add_argument("prompts", metavar="PROMPT", nargs="*", help="what to draw; default: all that the model knows")
    parser.add_argument(
        "--channel",
        action="append",
        default=[],
        metavar="NAME",
        help="what the image's channel is called, where its file does not say; again for each further channel",
    )
    parser.add_argument(
        "-o",
        "--out",
        required=True,
        metavar="OUT.png|OUT.nii.gz",
        help="label map: 1 for the first prompt, 2 for the next ...",
    )


def run(args: argparse.Namespace) -> None:
    """Segment, write the label map, print what is where."""
    from polyclinic.curate.slices import slices
    from polyclinic.replies import segmented
    from polyclinic.verbs import takes_volumes

    if not args.out.endswith(ENDINGS):
        raise UsageError(f"expected a file ending in {', '.join(ENDINGS)}, got {args.out}")
    study = named(open_study(args.image), args.channel)
    volume = study.images[0].is_volume
    if volume and args.out.endswith(".png"):
        raise UsageError("a volume does not fit into a PNG", hint="write to OUT.nii.gz")
    model = open_model(args.model, "segment")
    planes = slices(study, every=True) if volume and not takes_volumes(model) else [study]
    found: list[list[Region]] = model.segment(planes, [args.prompts] * len(planes))
    write_labels(Path(args.out), [plane for regions in found for plane in planes_of(label_map(regions))], study)
    names = [region.name for region in found[0]]
    if args.json:
        emit({"out": args.out, **segmented(found)})
        return
    for regions in found if len(found) == 1 else []:
        for region in regions:
            print(one_line(region))
    note(f"labels {', '.join(f'{i + 1} {name}' for i, name in enumerate(names))} in {args.out}")


def named(study: Study, channels: list[str]) -> Study:
    """The Study with its image's channels called so; as it is without names."""
    if not channels:
        return study
    return dataclasses.replace(study, images=(dataclasses.replace(study.images[0], channels=tuple(channels)),))


def label_map(regions: list[Region]) -> Any:
    """Regions as one label map; a later prompt is drawn over an earlier one."""
    import numpy as np

    labels = np.zeros(regions[0].array.shape, np.uint8)
    for value, region in enumerate(regions, start=1):
        labels[region.array] = value
    return labels


def planes_of(labels: Any) -> list[Any]:
    """The planes of a label map; a picture is one."""
    return list(labels) if labels.ndim == 3 else [labels]


def write_labels(path: Path, planes: list[Any], study: Study) -> None:
    """Write planes as one PNG, or as NIfTI with the source's geometry."""
    import numpy as np

    if path.suffix == ".png":
        from PIL import Image as Pillow

        Pillow.fromarray(planes[0]).save(path)
        return
    import nibabel

    labels_ZYX = np.stack(planes)
    nibabel.Nifti1Image(labels_ZYX.transpose(2, 1, 0), _affine(study.images[0])).to_filename(path)


def _affine(image: Image) -> Any:
    import numpy as np

    if image.affine is not None:
        return np.array(image.affine)
    spacing = (image.spacing_mm or (1.0, 1.0))[::-1]
    return np.diag([*spacing, *([1.0] * (4 - len(spacing)))])
