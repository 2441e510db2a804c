"""Indices on disk: what is written is read, a kill costs one block, damage is seen."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from polyclinic.errors import ReadError, UsageError
from polyclinic.gallery.building import build
from polyclinic.gallery.vectors import FACTS, ROWS, VECTORS, Maker, Writer, open_index
from polyclinic.study import Image, Study

MAKER = Maker("model", "w", "toy", "l", "float32")


class Model:
    """A vector that says which image it was."""

    def __init__(self):
        self.seen = []

    def embed_images(self, studies):
        self.seen += [study.id for study in studies]
        return np.array([[float(s.id), 1.0, 0.5] for s in studies], np.float32).reshape(len(studies), 3)

    def embed_texts(self, texts):
        raise NotImplementedError


STUDIES = [Study(str(i), str(i), images=(Image.from_array(np.zeros((2, 2))),)) for i in range(10)]


def test_round_trip_and_unreadable_images(tmp_path):
    broken = Study("x", "x", images=(Image("none"),))
    paces = []
    build(Model(), [*STUDIES[:5], broken, *STUDIES[5:]], Writer(tmp_path, MAKER), block=4, tell=paces.append)
    index = open_index(tmp_path)
    assert index.ids == tuple(str(i) for i in range(10))
    assert index.vectors_NE[:, 0].tolist() == list(range(10))
    assert [pace.done for pace in paces] == [4, 8, 11]
    assert paces[-1].left_s == 0
    assert np.load(tmp_path / VECTORS).shape == (10, 3)  # a plain .npy file


def test_a_kill_loses_at_most_one_block(tmp_path):
    code = f"""
import os, signal, sys
sys.path[:0] = [{os.path.dirname(__file__)!r}]
import test_vectors as t
class Dying(t.Model):
    def embed_images(self, studies):
        if len(self.seen) == 6:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed_images(studies)
t.build(Dying(), t.STUDIES, t.Writer(t.sys.modules['pathlib'].Path({str(tmp_path)!r}), t.MAKER), block=3)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    # As if the kill had come between the vectors and their line, and within a line.
    with (tmp_path / VECTORS).open("ab") as file:
        file.write(b"half a block")
    with (tmp_path / ROWS).open("a") as file:
        file.write('{"ids": ["6", ')
    model = Model()
    build(model, STUDIES, Writer(tmp_path, MAKER), block=3)
    assert model.seen == ["6", "7", "8", "9"]
    assert open_index(tmp_path).vectors_NE[:, 0].tolist() == list(range(10))


@pytest.fixture
def made(tmp_path):
    build(Model(), STUDIES, Writer(tmp_path, MAKER), block=4)
    return tmp_path


def test_another_maker_is_refused(made):
    with pytest.raises(UsageError, match="was made by model"):
        Writer(made, Maker("model", "other", "toy", "l", "float32"))


def test_flipped_bits_are_seen(made):
    data = bytearray((made / VECTORS).read_bytes())
    data[-3] ^= 1
    (made / VECTORS).write_bytes(data)
    with pytest.raises(ReadError, match="block 2 is damaged"):
        open_index(made)


@pytest.mark.parametrize("name", [FACTS, ROWS, VECTORS])
@pytest.mark.parametrize("content", [b"", b"[]\n", b"\x93NUMPY\x01\x00", b"\xff\xfe\n"])
def test_damaged_files_give_typed_errors(made, name, content):
    (made / name).write_bytes(content)
    with pytest.raises(ReadError):
        open_index(made)


def test_a_later_version_is_refused(made):
    (made / FACTS).write_text(json.dumps(json.loads((made / FACTS).read_text()) | {"schema": 2}))
    with pytest.raises(ReadError, match="version 2"):
        open_index(made)


def test_an_empty_index_says_so(tmp_path):
    Writer(tmp_path, MAKER)
    with pytest.raises(ReadError, match="without vectors"):
        open_index(tmp_path)
