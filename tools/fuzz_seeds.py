"""Valid miniature files of every kind that Polyclinic reads: what fuzzing starts from.

A seed is a folder's files by name; the first is the one that is damaged. `SEEDS` has an entry for each module of
`polyclinic.readers.READERS`, and some for what parses text; a test fails when a reader has none.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMS = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "ppm": "PPM"}
Files = dict[str, bytes]
Array = NDArray[Any]
CANARY = "Zebrafink"  # the patient's name wherever a format has a place for one
BYTES = (np.arange(12 * 16) * 7 % 251).astype(np.uint8).reshape(12, 16)
WORDS = (np.arange(12 * 16) * 257 % 60000).astype(np.uint16).reshape(12, 16)
COLOUR = np.stack([BYTES, BYTES[::-1], BYTES[:, ::-1]], axis=-1)
VOLUME = (np.arange(5 * 6 * 7) * 31 % 900).astype(np.int16).reshape(5, 6, 7)


def photos() -> Iterator[Files]:
    """PNG, JPEG, GIF and PPM in the modes that differ inside."""
    from PIL import Image

    grey, colour = Image.fromarray(BYTES), Image.fromarray(COLOUR)
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds: dict[str, tuple[Image.Image, dict[str, Any]]] = {
        "grey.png": (grey, {}),
        "colour.png": (colour, {}),
        "deep.png": (Image.fromarray(WORDS), {}),
        "palette.png": (colour.quantize(17), {"transparency": 3}),
        "alpha.png": (colour.convert("RGBA"), {"exif": exif}),
        "bits.png": (grey.convert("1"), {}),
        "grey.jpg": (grey, {"exif": exif}),
        "colour.jpg": (colour, {"progressive": True}),
        "cmyk.jpg": (colour.convert("CMYK"), {"subsampling": 0}),
        "grey.gif": (grey, {}),
        "colour.ppm": (colour, {}),
    }
    for name, (picture, options) in kinds.items():
        out = io.BytesIO()
        picture.save(out, FORMS[name[-3:]], **options)
        yield {name: out.getvalue()}


def videos() -> Iterator[Files]:
    """A few frames of motion JPEG."""
    import cv2

    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.avi"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5.0, (64, 48))
        for step in range(4):
            writer.write(np.full((48, 64, 3), 60 * step, np.uint8))
        writer.release()
        yield {path.name: path.read_bytes()}


def tiffs() -> Iterator[Files]:
    """Strips, tiles, pages, palettes, compressions, OME and ImageJ."""
    import tifffile

    kinds: dict[str, tuple[Array, dict[str, Any]]] = {
        "strips.tif": (WORDS, {"rowsperstrip": 4}),
        "tiles.tif": (COLOUR, {"tile": (16, 16), "photometric": "rgb"}),
        "pages.tif": (np.stack([BYTES] * 3), {"photometric": "minisblack"}),
        "deflate.tif": (BYTES, {"compression": "zlib", "predictor": True}),
        "floats.tif": (WORDS.astype(np.float32), {}),
        "palette.tif": (BYTES, {"photometric": "palette", "colormap": np.stack([np.arange(256) * 257] * 3)}),
        "stack.ome.tif": (VOLUME, {"ome": True, "metadata": {"axes": "ZYX"}}),
        "stack.tif": (VOLUME.astype(np.uint16), {"imagej": True, "metadata": {"axes": "ZYX"}}),
        "big.tif": (BYTES, {"bigtiff": True, "byteorder": ">"}),
    }
    for name, (pixels, options) in kinds.items():
        out = io.BytesIO()
        with tifffile.TiffWriter(
            out,
            ome=options.pop("ome", False),
            imagej=options.pop("imagej", False),
            bigtiff=options.pop("bigtiff", False),
            byteorder=options.pop("byteorder", "<"),
        ) as writer:
            writer.write(pixels, **options)
        yield {name: out.getvalue()}


def dicoms() -> Iterator[Files]:
    """Transfer syntaxes, frames, palettes, and sequences in sequences."""
    from pydicom import uid

    explicit, implicit = uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian
    for syntax in (explicit, implicit, uid.DeflatedExplicitVRLittleEndian, uid.ExplicitVRBigEndian):
        yield {f"{syntax.keyword}.dcm": saved(dicom_of(WORDS, syntax))}
    for packed in (uid.RLELossless, uid.JPEGLSLossless):
        data = dicom_of(WORDS, explicit)
        data.compress(packed, generate_instance_uid=False)
        yield {f"{packed.keyword}.dcm": saved(data)}
    yield {"JPEGBaseline8Bit.dcm": saved(_framed(uid.JPEGBaseline8Bit, "JPEG"))}
    yield {"JPEG2000Lossless.dcm": saved(_framed(uid.JPEG2000Lossless, "JPEG2000", no_jp2=True))}
    yield {"colour.dcm": saved(dicom_of(COLOUR, explicit))}
    yield {"frames.dcm": saved(dicom_of(np.stack([WORDS] * 3), explicit))}
    data = dicom_of(WORDS, implicit)
    data.PhotometricInterpretation = "MONOCHROME1"
    yield {"headless.dcm": saved(data)[132:]}


def dicom_of(pixels: Array, syntax: str) -> Any:
    """A DICOM image of these pixels, uncompressed, with sequences and a name in it."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID, SecondaryCaptureImageStorage

    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = UID(syntax)
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = SecondaryCaptureImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = UID("1.2.3.4")
    data.PatientName, data.PatientID, data.Modality = f"{CANARY}^A", CANARY, "CT"
    data.RescaleSlope, data.RescaleIntercept, data.PixelSpacing = 2, -1000, [0.5, 0.25]
    inner = Dataset()
    inner.StudyDescription = CANARY
    outer = Dataset()
    outer.ReferencedSeriesSequence = [inner, inner]
    data.ReferencedStudySequence = [outer]
    colour = pixels.shape[-1] == 3
    if pixels.ndim == 3 and not colour:
        data.NumberOfFrames = len(pixels)
    data.Rows, data.Columns = pixels.shape[:2] if colour else pixels.shape[-2:]
    data.SamplesPerPixel, data.PhotometricInterpretation = (3, "RGB") if colour else (1, "MONOCHROME2")
    if colour:
        data.PlanarConfiguration = 0
    data.BitsAllocated = data.BitsStored = pixels.dtype.itemsize * 8
    data.HighBit, data.PixelRepresentation = data.BitsStored - 1, 0
    big = syntax == "1.2.840.10008.1.2.2"
    data.PixelData = pixels.astype(pixels.dtype.newbyteorder(">" if big else "<")).tobytes()
    return data


def _framed(syntax: str, form: str, **options: Any) -> Any:
    """A frame that Pillow encodes."""
    from PIL import Image
    from pydicom.encaps import encapsulate

    out = io.BytesIO()
    Image.fromarray(BYTES).save(out, form, **options)
    data = dicom_of(BYTES, syntax)
    data.PixelData = encapsulate([out.getvalue()])
    data["PixelData"].is_undefined_length = True
    return data


def saved(data: Any) -> bytes:
    """The bytes of a DICOM object's file."""
    out = io.BytesIO()
    data.save_as(out, enforce_file_format=True)
    return out.getvalue()


def niftis() -> Iterator[Files]:
    """Both versions, plain and gzipped, scaled and with a fourth axis."""
    import nibabel

    with TemporaryDirectory() as folder:
        kinds: dict[str, Any] = {
            "plain.nii": nibabel.Nifti1Image(VOLUME, np.eye(4)),
            "zipped.nii.gz": nibabel.Nifti1Image(VOLUME, np.diag([2, 3, 4, 1])),
            "second.nii.gz": nibabel.Nifti2Image(VOLUME.astype(np.float32), np.eye(4)),
            "series.nii": nibabel.Nifti1Image(np.stack([VOLUME] * 2, axis=-1).astype(np.uint8), np.eye(4)),
        }
        scaled = kinds["scaled.nii"] = nibabel.Nifti1Image(VOLUME / 7, np.eye(4))
        scaled.header.set_data_dtype(np.int16)
        for name, image in kinds.items():
            nibabel.save(image, Path(folder, name))
            yield {name: Path(folder, name).read_bytes()}


def nrrds() -> Iterator[Files]:
    """Raw and gzipped NRRD, and text."""
    head = "NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 7 6 5\nendian: little\n"
    head += "space directions: (1,0,0) (0,2,0) (0,0,3)\nspace origin: (0,0,0)\nkinds: domain domain domain\n"
    raw = VOLUME.astype("<i2").tobytes()
    yield {"raw.nrrd": f"{head}encoding: raw\n\n".encode() + raw}
    yield {"zipped.nrrd": f"{head}encoding: gzip\n\n".encode() + gzip.compress(raw, mtime=0)}


def metaimages() -> Iterator[Files]:
    """Raw and deflated MetaImage in one file."""
    raw = VOLUME.astype("<i2").tobytes()
    head = "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nDimSize = 7 6 5\n"
    head += "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 2 3\nElementType = MET_SHORT\n"
    packed = zlib.compress(raw)
    yield {"raw.mha": f"{head}CompressedData = False\nElementDataFile = LOCAL\n".encode() + raw}
    more = f"CompressedData = True\nCompressedDataSize = {len(packed)}\nElementDataFile = LOCAL\n"
    yield {"zipped.mha": (head + more).encode() + packed}


def picture() -> bytes:
    """A PNG."""
    return next(photos())["grey.png"]


def folders() -> Iterator[Files]:
    """What layouts parse: tables, annotations, conversations, articles, facts, a collection."""
    beside = {"images/a.png": picture()}
    yield {"t.csv": b"image,report,label,subject\nimages/a.png,No nodule.,1,7\n", **beside}
    yield {"t.jsonl": b'{"image": "images/a.png", "question": "Is it?", "answer": "no"}\n', **beside}
    runs = {"size": [12, 16], "counts": [5, 20, 167]}
    notes = [{"id": 1, "image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "segmentation": runs}]
    notes += [{"id": 2, "image_id": 1, "category_id": 2, "segmentation": [[1, 1, 9, 1, 9, 9]]}]
    picture_of = [{"id": 1, "file_name": "a.png", "width": 16, "height": 12}]
    coco = {"images": picture_of, "annotations": notes, "categories": [{"id": 2, "name": "cell"}]}
    yield {"coco.json": json.dumps(coco).encode(), **beside}
    said = [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A cell."}]
    yield {"talk.json": json.dumps([{"id": "a", "image": "images/a.png", "conversations": said}]).encode(), **beside}
    fact = b'name = "toy"\nlicence = "CC0-1.0"\n[columns]\nlabel = "label"\n'
    yield {"polyclinic.toml": fact, "t.csv": b"image,label\nimages/a.png,1\n", **beside}
    figure = '<fig id="f1"><caption><p>A lung: (a) left, (b) right.</p></caption><graphic href="a"/></fig>'
    cited = '<p>See <xref ref-type="fig" rid="f1">1</xref>.</p>'
    yield {"a.xml": f"<article><body>{cited}{figure}</body></article>".encode()}


def collections() -> Iterator[Files]:
    """A Polyclinic collection: its lines, and its header."""
    region = {"name": "lung", "box": [1, 2, 3, 4], "mask": {"size": [12, 16], "counts": [5, 20, 167]}}
    study: dict[str, Any] = {"id": "s1", "subject": "p", "images": [{"path": "images/a.png", "spacing_mm": [1.0, 1.0]}]}
    study |= {"regions": [region], "report": {"sections": {"findings": CANARY}}, "labels": {"age": 50.0}}
    header = json.dumps({"schema": 1, "name": "toy", "splits": {"fractions": {"train": 1.0}}}).encode()
    line = json.dumps(study).encode() + b"\n"
    files = {"images/a.png": picture()}
    yield {"studies.jsonl": line, "collection.json": header, **files}
    yield {"collection.json": header, "studies.jsonl": line, **files}


def archives() -> Iterator[Files]:
    """What is unpacked."""
    for mode in ("w", "w:gz", "w:xz", "w:bz2"):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode=mode) as archive:
            for name in ("a/one", "a/" + "two" * 50):
                info = tarfile.TarInfo(name)
                info.size = BYTES.size
                archive.addfile(info, io.BytesIO(BYTES.tobytes()))
        yield {f"a.tar{mode[1:].replace(':', '.')}": out.getvalue()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a/one", BYTES.tobytes())
        packed.writestr("two", b"")
    yield {"a.zip": out.getvalue()}


SEEDS: dict[str, Callable[[], Iterator[Files]]] = {
    "photo": photos,
    "tiff": tiffs,
    "dicom": dicoms,
    "nifti": niftis,
    "nrrd": nrrds,
    "metaimage": metaimages,
    "video": videos,
    "folder": folders,
    "collection": collections,
    "archive": archives,
}
