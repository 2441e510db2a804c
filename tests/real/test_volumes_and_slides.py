"""Volumes, slides and microscopy of the real sets beside the repository, where they are."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
import tifffile

from polyclinic.layouts import open_folder
from polyclinic.layouts.channel_files import channel_groups
from polyclinic.readers import read_image, read_pixels, read_shape, read_slice
from polyclinic.readers.slide import Slide
from polyclinic.readers.slide_sources import OpenSlideFile
from polyclinic.readers.tissue import tile_grid

SETS = Path(__file__).parents[3] / "shared" / "data"


def folder(name: str) -> Path:
    if not (SETS / name).is_dir():
        pytest.skip(f"the set {name} is not beside the repository")
    return SETS / name


@pytest.mark.parametrize("name", ["msd-hippocampus", "tumour-mr", "ms-longitudinal-mri", "haxby2001-subset"])
def test_slices_of_volumes(name: str) -> None:
    paths = sorted(folder(name).rglob("*.nii.gz"))
    for path in paths[:: max(len(paths) // 3, 1)]:
        whole = read_pixels(path)
        for z in {0, whole.shape[1] // 2, whole.shape[1] - 1}:
            assert np.array_equal(read_slice(path, z), whole[:, z], equal_nan=True)
        image = read_image(path)
        if image.affine is not None:
            assert np.allclose(image.affine, nibabel.load(path).affine)


def test_runs_of_functional_mr_keep_their_frames() -> None:
    shapes = {read_shape(path) for path in folder("haxby2001-subset").rglob("*bold*.nii.gz")}
    assert {shape[0] for shape in shapes} == {121}


@pytest.mark.parametrize("name", ["cmu-1-small-region.svs", "tcga-cr-7395-01a-01-ts1.svs"])
def test_tiles_of_slides_are_those_of_openslide(name: str) -> None:
    path = folder("wsi-small") / name
    other = OpenSlideFile(path)
    with Slide(path) as held:
        there = held.levels[0]
        assert [(level.width, level.height) for level in held.levels] == [(n.width, n.height) for n in other.levels]
        assert held.facts.pixel_um == other.facts.pixel_um
        assert held.facts.magnification == other.facts.magnification
        for x, y, side in ((0, 0, 256), (480, 720, 240), (1011, 333, 300), (there.width - 99, there.height - 77, 200)):
            assert (held.tile(0, x, y, side, side) == other.read(0, x, y, side, side).transpose(2, 0, 1)).all()
    other.close()


def test_a_slide_as_an_image_and_its_tissue() -> None:
    small, large = (folder("wsi-small") / f"{name}.svs" for name in ("cmu-1-small-region", "tcga-cr-7395-01a-01-ts1"))
    image = read_image(small)
    assert (image.modality, image.spacing_mm) == ("SM", pytest.approx((0.000499, 0.000499)))
    assert image.pixels.shape == (3, 2967, 2220)
    assert read_shape(large) == (3, 1783, 2221)  # its level 1: level 0 is 4443 wide
    with Slide(small) as held:
        tiles = tile_grid(held, 256)
        kept = tile_grid(held, 256, most_background=0.5)
    assert (len(tiles), len(kept)) == (108, 26)
    assert read_shape(folder("wsi-small") / "kidney-48-5.tif") == (3, 901, 1493)


def test_microscopy() -> None:
    image = read_image(folder("cellprofiler-multichannel") / "ome" / "human_3channel.ome.tif")
    assert image.channels == ("DNA", "PH3", "cellbody")
    cells = read_pixels(folder("imc-pancreas") / "E34_imc.tiff")
    assert (cells.shape, cells.dtype) == ((5, 100, 100), np.float32)


def test_files_of_channels_become_images() -> None:
    (study,) = open_folder(folder("cellprofiler-multichannel") / "human")
    assert study.id == "AS_09125_050116030001_D03f00"
    joined = read_pixels(folder("cellprofiler-multichannel") / "ome" / "human_3channel.ome.tif")
    assert study.images[0].channels == ("d0", "d1", "d2")
    assert (study.images[0].pixels == joined).all()
    flies = open_folder(folder("cellprofiler-multichannel") / "fly")
    assert [flies.studies[i].id for i in range(3)] == ["01_POS002", "01_POS076", "01_POS218"]
    assert flies.studies[0].images[0].pixels.shape == (3, 1006, 1000)
    frames = (folder("cellprofiler-multichannel") / "timelapse").iterdir()
    assert channel_groups(path.name for path in frames) == {}  # frames in time are no channels


def test_a_flies_channel_is_its_file() -> None:
    path = folder("cellprofiler-multichannel") / "fly"
    (study, *_) = open_folder(path)
    blue = tifffile.imread(path / "01_POS002_D.TIF")
    assert (study.images[0].pixels[0] > 0).mean() == pytest.approx((blue > 0).mean(), abs=0.05)
