"""A client of a PACS by DICOMweb (PS3.18): search (QIDO-RS), retrieve (WADO-RS), store (STOW-RS).

What comes back is bytes of someone else's: it is bounded, written under names of this package's own, and read by the
readers like any file. Errors name the service and its status, never what was searched for.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from polyclinic.errors import ReadError, UsageError
from polyclinic.readers import dicom
from polyclinic.readers.dicom.opening import reading_dicom
from polyclinic.writers.files import whole

UID = re.compile(r"[0-9]+(\.[0-9]+)*", re.ASCII)
LONGEST_UID = 64
MOST_BYTES = 4 * 2**30
SECONDS = 60.0
DICOM_TYPE, JSON_TYPE = "application/dicom", "application/dicom+json"
# Search attributes by keyword and the tags that stand for them in DICOM JSON.
TAGS = {
    "StudyInstanceUID": "0020000D",
    "PatientID": "00100020",
    "StudyDate": "00080020",
    "ModalitiesInStudy": "00080061",
    "StudyDescription": "00081030",
    "AccessionNumber": "00080050",
    "NumberOfStudyRelatedInstances": "00201208",
}


class Pacs:
    """One archive.

    Args:
        url: its DICOMweb root, such as `https://pacs.example/dicom-web`.
        token: sent as a bearer token; only over https, or to this machine.
        transport: for tests.
    """

    def __init__(self, url: str, *, token: str | None = None, transport: httpx.BaseTransport | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError("a PACS is expected as an http or https address", hint="https://HOST/dicom-web")
        if token and parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise UsageError("a token is not sent without encryption", hint="give an https address")
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(
            base_url=url.rstrip("/"), headers=headers, timeout=SECONDS, transport=transport, follow_redirects=False
        )

    def __enter__(self) -> Pacs:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def search(self, filters: Mapping[str, str], *, limit: int = 100) -> list[dict[str, Any]]:
        """Studies that match, by attribute keyword (`PatientID`, `StudyDate` ...).

        Raises:
            UsageError: an attribute that is not searched by.
            ReadError: the archive does not answer, or not in DICOM JSON.
        """
        if unknown := filters.keys() - TAGS.keys():
            raise UsageError(f"no search by {sorted(unknown)[0]!r}", hint="one of " + ", ".join(TAGS))
        asked = {**filters, "limit": str(limit), "includefield": ",".join(TAGS)}
        answer = self._ask("search", "GET", "/studies", params=asked, headers={"accept": JSON_TYPE})
        if answer.status_code == httpx.codes.NO_CONTENT:
            return []
        try:
            return [{name: _value(row, tag) for name, tag in TAGS.items()} for row in answer.json()]
        except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
            raise ReadError("the PACS answered the search with something else than DICOM JSON") from error

    def retrieve(self, study: str, folder: Path) -> list[Path]:
        """All instances of a study, as files of a folder; read them as any folder of DICOM files.

        Raises:
            UsageError: no valid UID, or files are there already.
            ReadError: the archive does not answer, or not with DICOM files.
        """
        path = f"/studies/{_checked_uid(study)}"
        accept = {"accept": f'multipart/related; type="{DICOM_TYPE}"'}
        try:
            with self._http.stream("GET", path, headers=accept) as answer:
                _check_status("retrieval", answer)
                data = _bounded(answer)
                parts = list(split_related(data, answer.headers.get("content-type", "")))
        except httpx.HTTPError as error:
            raise _silent("retrieval", error) from error
        if not parts or not all(dicom.matches(part) for part in parts):
            raise ReadError("the PACS answered the retrieval with something else than DICOM files")
        return [_written(folder / f"{number:05d}.dcm", part) for number, part in enumerate(parts)]

    def store(self, files: Sequence[Path]) -> int:
        """Send DICOM files, such as segmentations and structured reports; how many the archive took.

        Raises:
            UsageError: no files.
            ReadError: a file is no DICOM file, or the archive refused one.
        """
        if not files:
            raise UsageError("there is no file to send")
        boundary = uuid.uuid4().hex
        body = b"".join(_part(boundary, path) for path in files) + f"--{boundary}--\r\n".encode()
        kind = f'multipart/related; type="{DICOM_TYPE}"; boundary={boundary}'
        answer = self._ask(
            "storage", "POST", "/studies", content=body, headers={"content-type": kind, "accept": JSON_TYPE}
        )
        if answer.status_code == httpx.codes.ACCEPTED:
            raise ReadError("the PACS took only some of the files", hint="send them one by one to see which it refuses")
        return len(files)

    def _ask(self, service: str, method: str, path: str, **sent: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **sent)
        except httpx.HTTPError as error:
            raise _silent(service, error) from error
        _check_status(service, answer)
        return answer


def split_related(data: bytes, content_type: str) -> Iterator[bytes]:
    r"""The parts of a multipart/related body (RFC 2387), without their headers.

    Raises:
        ReadError: it is something else, or its end is missing.

    Example:
        >>> list(split_related(b"--x\r\nA: b\r\n\r\none\r\n--x--", "multipart/related; boundary=x"))
        [b'one']
    """
    held = Message()
    held["content-type"] = content_type
    boundary = held.get_boundary()
    if held.get_content_type() != "multipart/related" or not boundary:
        raise ReadError("the PACS answered with something else than multipart/related")
    mark = b"--" + boundary.encode()
    _, *parts = (b"\r\n" + data).split(b"\r\n" + mark)
    if not parts or not parts[-1].startswith(b"--"):
        raise ReadError("the answer of the PACS is truncated", hint="retrieve it again")
    for part in parts[:-1]:
        _, found, content = part.partition(b"\r\n\r\n")
        if not found:
            raise ReadError("the answer of the PACS is damaged", hint="retrieve it again")
        yield content


def _bounded(answer: httpx.Response) -> bytes:
    data = bytearray()
    for chunk in answer.iter_bytes():
        data += chunk
        if len(data) > MOST_BYTES:
            raise ReadError(f"the study has more than {MOST_BYTES / 2**30:.0f} GiB", hint="retrieve it by other means")
    return bytes(data)


def _part(boundary: str, path: Path) -> bytes:
    with reading_dicom(path):
        data = path.read_bytes()
    if not dicom.matches(data[:512]):
        raise ReadError(f"{path} is no DICOM file", hint="write results with polyclinic.writers")
    return f"--{boundary}\r\nContent-Type: {DICOM_TYPE}\r\n\r\n".encode() + data + b"\r\n"


def _written(path: Path, data: bytes) -> Path:
    with whole(path) as part:
        part.write_bytes(data)
    return path


def _checked_uid(uid: str) -> str:
    if not UID.fullmatch(uid) or len(uid) > LONGEST_UID:
        raise UsageError("a study is named by its UID: digits and dots, at most 64", hint="polyclinic pacs search")
    return uid


def _check_status(service: str, answer: httpx.Response) -> None:
    if not answer.is_success:
        raise ReadError(
            f"the PACS refused the {service}: {answer.status_code} {answer.reason_phrase}",
            hint="check its address and the token in POLYCLINIC_PACS_TOKEN",
        )


def _silent(service: str, error: httpx.HTTPError) -> ReadError:
    return ReadError(f"the PACS does not answer the {service} ({type(error).__name__})", hint="check its address")


def _value(row: Mapping[str, Any], tag: str) -> Any:
    """An attribute's values in DICOM JSON (PS3.18 annex F): the only one, a list of several, or None."""
    values = row.get(tag, {}).get("Value") or [None]
    return values[0] if len(values) == 1 else values
