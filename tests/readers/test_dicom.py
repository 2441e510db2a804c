"""DICOM: modality units, windows, photometric interpretations, spacing, and damage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fuzz_seeds import BYTES, WORDS, dicoms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEGLSLossless,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from polyclinic.errors import PolyclinicError, ReadError
from polyclinic.readers import read_header, read_image, read_pixels, read_shape
from polyclinic.readers.dicom import window


def dicom(path: Path, values: Any, **more: Any) -> Path:
    array = np.asarray(values)
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = more.pop("syntax", ExplicitVRLittleEndian)
    data.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    data.PatientName = "Doe^Jane"
    data.Modality = "CT"
    data.Rows, data.Columns = array.shape[:2]
    data.SamplesPerPixel = 3 if array.ndim == 3 else 1
    data.PhotometricInterpretation = "RGB" if array.ndim == 3 else "MONOCHROME2"
    if array.ndim == 3:
        data.PlanarConfiguration = 0
    data.BitsAllocated = data.BitsStored = array.dtype.itemsize * 8
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = int(array.dtype.kind == "i")
    data.PixelData = array.tobytes() + b"\0" * (array.nbytes % 2)
    for name, value in more.items():
        if value is None:
            delattr(data, name)
        else:
            setattr(data, name, value)
    if data.file_meta.TransferSyntaxUID == JPEGLSLossless:
        data["PixelData"].is_undefined_length = True
    data.save_as(path, enforce_file_format=True)
    return path


GREY_PIXELS = np.array([[0, 100], [200, 1000]], np.int16)


def test_values_are_in_modality_units(tmp_path: Path) -> None:
    path = dicom(tmp_path / "a.dcm", GREY_PIXELS, RescaleSlope=2, RescaleIntercept=-1024)
    pixels = read_pixels(path)
    assert pixels.dtype == np.float32
    assert pixels.tolist() == [[[-1024, -824], [-624, 976]]]


EXACT = {"DeflatedExplicitVRLittleEndian", "ExplicitVRBigEndian", "ExplicitVRLittleEndian", "ImplicitVRLittleEndian"}
EXACT |= {"RLELossless", "JPEGLSLossless", "JPEG2000Lossless"}


def test_lossless_transfer_syntaxes_give_the_same_values(tmp_path: Path) -> None:
    seen = set()
    for files in dicoms():
        ((name, data),) = files.items()
        if name.removesuffix(".dcm") in EXACT:
            (tmp_path / name).write_bytes(data)
            stored = BYTES if name == "JPEG2000Lossless.dcm" else WORDS
            np.testing.assert_array_equal(read_pixels(tmp_path / name)[0], stored * 2.0 - 1000)
            seen.add(name.removesuffix(".dcm"))
    assert seen == EXACT


def test_signed_values_of_fewer_bits_keep_their_sign(tmp_path: Path) -> None:
    stored = np.array([[0xF800, 0x07FF], [0x0FFF, 0x0001]], np.uint16).view(np.int16)
    path = dicom(tmp_path / "a.dcm", stored & np.int16(0x0FFF), BitsStored=12, HighBit=11)
    assert read_pixels(path).tolist() == [[[-2048, 2047], [-1, 1]]]


def test_a_palette_gives_colours(tmp_path: Path) -> None:
    told: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, entries in (("Red", [0, 255, 0]), ("Green", [0, 0, 128]), ("Blue", [7, 0, 0])):
        told[f"{name}PaletteColorLookupTableDescriptor"] = [3, 0, 16]
        told[f"{name}PaletteColorLookupTableData"] = (np.array(entries, "<u2") * 257).tobytes()
    pixels = read_pixels(dicom(tmp_path / "a.dcm", np.array([[0, 1], [2, 1]], np.uint8), **told))
    assert pixels.dtype == np.uint8
    assert pixels.transpose(1, 2, 0).tolist() == [[[0, 0, 7], [255, 0, 0]], [[0, 128, 0], [255, 0, 0]]]


def test_values_without_a_rescale_stay_as_stored(tmp_path: Path) -> None:
    pixels = read_pixels(dicom(tmp_path / "a.dcm", GREY_PIXELS, RescaleSlope=1, RescaleIntercept=0))
    assert pixels.dtype == np.int16
    assert pixels[0].tolist() == GREY_PIXELS.tolist()


def test_monochrome1_is_turned_within_its_range(tmp_path: Path) -> None:
    values = np.array([[0, 255], [10, 100]], np.uint8)
    path = dicom(tmp_path / "a.dcm", values, PhotometricInterpretation="MONOCHROME1")
    assert read_pixels(path)[0].tolist() == [[255, 0], [245, 155]]


def test_the_window_is_kept_in_the_pixels_units(tmp_path: Path) -> None:
    path = dicom(tmp_path / "a.dcm", GREY_PIXELS, WindowCenter=[40, 300], WindowWidth=[400, 1500])
    assert window(path) == (-160.0, 240.0)
    turned = dicom(
        tmp_path / "b.dcm",
        GREY_PIXELS.astype(np.uint8),
        WindowCenter=100,
        WindowWidth=50,
        PhotometricInterpretation="MONOCHROME1",
    )
    assert window(turned) == (130.0, 180.0)
    assert window(dicom(tmp_path / "c.dcm", GREY_PIXELS)) is None


def test_colour_has_its_channels_first(tmp_path: Path) -> None:
    values = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    assert (read_pixels(dicom(tmp_path / "a.dcm", values)) == values.transpose(2, 0, 1)).all()


def test_ybr_becomes_rgb(tmp_path: Path) -> None:
    red = np.tile(np.array([76, 85, 255], np.uint8), (2, 2, 1))
    pixels = read_pixels(dicom(tmp_path / "a.dcm", red, PhotometricInterpretation="YBR_FULL"))
    assert pixels[:, 0, 0] == pytest.approx([254, 0, 0], abs=2)


def test_frames_become_slices(tmp_path: Path) -> None:
    frames = np.arange(12, dtype=np.uint8)
    path = dicom(
        tmp_path / "a.dcm",
        np.zeros((2, 2), np.uint8),
        NumberOfFrames=3,
        PixelData=frames.tobytes(),
        PixelSpacing=[0.5, 0.7],
        SliceThickness=2,
    )
    assert read_pixels(path).tolist() == [frames.reshape(3, 2, 2).tolist()]
    assert read_image(path).spacing_mm == (2.0, 0.5, 0.7)


def test_the_header_tells_modality_view_and_spacing(tmp_path: Path) -> None:
    image = read_image(dicom(tmp_path / "a.dcm", GREY_PIXELS, ViewPosition="PA", ImagerPixelSpacing=[0.1, 0.2]))
    assert (image.modality, image.view, image.spacing_mm) == ("CT", "PA", (0.1, 0.2))


def test_without_pixels_it_is_no_image(tmp_path: Path) -> None:
    path = dicom(tmp_path / "a.dcm", GREY_PIXELS, PixelData=None)
    with pytest.raises(ReadError, match="without pixels"):
        read_pixels(path)
    with pytest.raises(ReadError, match="without pixels"):
        read_pixels(dicom(tmp_path / "b.dcm", GREY_PIXELS, PixelData=None, Rows=None, Columns=None))


def test_the_transfer_syntax_is_named_where_it_cannot_be_decoded(tmp_path: Path) -> None:
    packed = encapsulate([b"\xff\xd8 no codestream"])
    path = dicom(tmp_path / "a.dcm", GREY_PIXELS, syntax=JPEGLSLossless, PixelData=packed)
    with pytest.raises(ReadError, match=r"JPEG-LS Lossless.*1\.2\.840\.10008\.1\.2\.4\.80") as caught:
        read_pixels(path)
    assert caught.value.hint


def test_what_would_inflate_beyond_reason_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = dicom(tmp_path / "a.dcm", GREY_PIXELS, syntax=DeflatedExplicitVRLittleEndian, ImageComments="a" * 10_000)
    assert read_pixels(path)[0].tolist() == GREY_PIXELS.tolist()
    monkeypatch.setattr("polyclinic.readers.files.MOST_BYTES", 2000)
    with pytest.raises(ReadError, match="GiB"):
        read_pixels(path)


def test_errors_never_name_the_patient(tmp_path: Path) -> None:
    path = dicom(tmp_path / "a.dcm", GREY_PIXELS)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ReadError) as caught:
        read_pixels(path)
    assert "Doe" not in f"{caught.value} {caught.value.hint}"


def test_an_absurd_size_is_refused_before_anything_is_allocated(tmp_path: Path) -> None:
    path = dicom(tmp_path / "a.dcm", GREY_PIXELS, Rows=60000, Columns=60000)
    for read in (read_header, read_pixels):
        with pytest.raises(ReadError, match="GiB"):
            read(path)


def test_the_name_does_not_decide(tmp_path: Path) -> None:
    dicom(tmp_path / "a.dcm", GREY_PIXELS).rename(tmp_path / "IM0001")
    assert read_shape(tmp_path / "IM0001") == (1, 2, 2)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1), flip=st.integers(0, 255))
def test_damage_is_read_or_refused_never_anything_else(tmp_path: Path, share: float, flip: int) -> None:
    path = dicom(tmp_path / "a.dcm", GREY_PIXELS)
    data = bytearray(path.read_bytes())
    place = int(share * (len(data) - 1))
    for broken in (data[:place], data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :]):
        path.write_bytes(broken)
        for read in (read_pixels, read_image):
            try:
                read(path)
            except PolyclinicError:
                pass
