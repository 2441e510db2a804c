from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from polyclinic.errors import UsageError
from polyclinic.training.lock import locked

HOLD = "import sys; from pathlib import Path; from polyclinic.training.lock import locked\n"
HOLD += "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"


def test_a_second_process_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match=f"process {holder.pid} is training in"), locked(tmp_path):
            pass
        holder.kill()
    with locked(tmp_path):
        pass
    with locked(tmp_path):
        pass
