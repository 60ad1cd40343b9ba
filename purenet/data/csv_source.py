"""Open a file of text: standard input, compression and encoding, judged by its bytes and never by its name."""
from .._core.messages import join_names, plural, quote
from .._core.paths import check_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_CHARACTERS = 4_000_000  # in a row; keeps the memory that a hostile file takes within bounds
TOO_LONG = f"a row has more than {MOST_CHARACTERS:,} characters, the most that is read; is this a table?"
BLOCK = 1 << 16  # bytes examined at a time
START = 1024  # bytes that tell what a file is
MARKS = (  # of UTF-32 before UTF-16, which starts in the same way
    (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"))
PACKED = ((b"\x1f\x8b", "gzip"), (b"BZh", "bz2"), (b"\xfd7zXZ\0", "xz"), (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"))
OTHERS = (  # what other files start with
    (b"PAR1", "a Parquet file"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"), (b"\x89HDF", "an HDF5 file"),
    (b"SQLite format 3", "an SQLite database"), (b"%PDF", "a PDF file"), (b"\x93NUMPY", "a NumPy array"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"), (b"7z\xbc\xaf", "a 7z archive"), (b"Rar!", "a RAR archive"),
    (b"<!doctype html", "a web page"), (b"<html", "a web page"), (b"<?xml", "an XML file"),
    (b"version https://git-lfs", "a pointer of Git LFS, without the data"), (b"[{", "JSON"), (b"{\"", "JSON"))


class TextSource:
    """The text of a file, decompressed and decoded. ``stream`` is read from its start, again after ``rewind``.

    ``path``: the file's name, or "-" for standard input. ``encoding``: by default the file's bytes decide. The whole
    file is examined once: text that cannot be decoded, zero bytes, damaged compression and a line of more than
    MOST_CHARACTERS raise ValueError here, with their line.
    """

    def __init__(self, path: "Any", encoding: "str | None" = None) -> None:
        self.path = "standard input" if path == "-" else check_path(path)
        self.notes: "list[str]" = []
        self._opened: "list[Any]" = []
        try:
            self._binary = self._keep(_standard_input() if path == "-" else _seekable(path))
            self._binary = self._unpacked(self._binary)
            self.encoding = self._found_encoding(encoding)
            self.stream: "Any" = self._keep(self._decoded())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        for one in reversed(self._opened):
            one.close()

    def rewind(self) -> None:
        """Go back to the start of the text."""
        self.stream.seek(0)

    def _keep(self, opened: "Any") -> "Any":
        self._opened.append(opened)
        return opened

    def _unpacked(self, binary: "Any") -> "Any":
        """Return the decompressed bytes, as a file that can seek."""
        start = binary.read(START)
        binary.seek(0)
        kind = ([kind for mark, kind in PACKED if start.startswith(mark)] or [""])[0]
        try:
            if kind == "gzip":
                import gzip

                return self._keep(gzip.GzipFile(fileobj=binary))
            if kind == "bz2":
                import bz2

                return self._keep(bz2.BZ2File(binary))
            if kind == "xz":
                import lzma

                return self._keep(lzma.LZMAFile(binary))
            return self._from_archive(binary) if kind else binary
        except _damages() as error:
            raise self._damaged(error, 0) from None

    def _from_archive(self, binary: "Any") -> "Any":
        import zipfile

        archive = self._keep(zipfile.ZipFile(binary))
        names = [name for name in archive.namelist() if name[-1:] != "/"]
        if "[Content_Types].xml" in names or "mimetype" in names:
            raise ValueError(f"{self.path} is a workbook of Excel or another office program; save the sheet as CSV")
        names = [name for name in names if not name.startswith("__MACOSX/") and not name.endswith(".DS_Store")]
        if len(names) != 1:
            held = f"{plural(len(names), 'file')}: {join_names(names)}" if names else "no file"
            raise ValueError(f"{self.path} is a zip archive of {held}; unpack the one to read")
        return self._keep(archive.open(names[0]))

    def _found_encoding(self, given: "str | None") -> str:
        """Return the encoding of the whole file. A byte-order mark rules, then ``given``, then the bytes."""
        try:
            start = self._binary.read(START)
        except _damages() as error:
            raise self._damaged(error, 0) from None
        self._check_start(start)
        marked = [encoding for mark, encoding in MARKS if start.startswith(mark)]
        wide = _wide(start) if not given and not marked else ""
        encoding = (marked + [given or wide or "utf-8"])[0]
        if b"\0" in start and encoding.lower()[:6] not in ("utf-16", "utf-32"):
            raise ValueError(f"{self.path} is not text: it has zero bytes (NUL); is it a CSV file?")
        wrong = self._examine(encoding, guess=not given and not marked and not wide)
        if wrong is None:
            return encoding
        line, text = wrong
        for encoding in ("cp1252", "latin-1"):
            if self._examine(encoding, guess=True) is None:
                break
        self.notes.append(
            f"the text is not UTF-8 and is read as {encoding}: line {line} has {quote(text)}; --encoding "
            f"(encoding=) names another")
        return encoding

    def _check_start(self, start: bytes) -> None:
        bare = start.lstrip().lower()
        for mark, kind in OTHERS:
            if bare.startswith(mark.lower()):
                raise ValueError(f"{self.path} is {kind}, not a CSV file")
        if start[257:262] == b"ustar":
            raise ValueError(f"{self.path} is a tar archive; unpack the file to read")

    def _examine(self, encoding: str, guess: bool) -> "tuple[int, str] | None":
        """Decode the whole file. Return None, or if a ``guess`` fails the first line and text that fail."""
        import codecs
        import io

        try:
            io.TextIOWrapper(io.BytesIO(), encoding)
            decoder = codecs.getincrementaldecoder(encoding)()
        except LookupError:
            raise ValueError(f"encoding: {encoding!r} is not known; examples are utf-8, latin-1, cp1252") from None
        self._binary.seek(0)
        done = run = 0
        block = b"?"
        try:
            while block:
                block = self._binary.read(BLOCK)
                text = decoder.decode(block, not block)
                if "\0" in text:
                    line = self._line_at(done) + text[:text.index("\0")].count("\n")
                    raise ValueError(f"{self.path}, line {line} has a zero byte (NUL); is it a text file?")
                end = max(text.rfind("\n"), text.rfind("\r"))
                run = run + len(text) if end < 0 else len(text) - end - 1
                if run > MOST_CHARACTERS:
                    raise ValueError(f"{self.path}, line {self._line_at(done)}: {TOO_LONG}")
                done += len(block)
        except UnicodeDecodeError as error:
            place = done + len(block) - len(error.object) + error.start  # the decoder keeps the start of a character
            if guess:
                return self._line_at(place), _text_around(error.object, error.start)
            raise ValueError(
                f"{self.path}, line {self._line_at(place)}: not text in {encoding}; save it as UTF-8, or give its "
                f"encoding, such as --encoding latin-1 (encoding=\"latin-1\")") from None
        except _damages() as error:
            raise self._damaged(error, done) from None
        return None

    def _line_at(self, place: int) -> int:
        """Return the number of the line with this byte."""
        self._binary.seek(0)
        lines = 1
        while place > 0:
            block = self._binary.read(min(place, BLOCK))
            lines += block.count(b"\n") or block.count(b"\r")
            place -= len(block) or place
        return lines

    def _damaged(self, error: Exception, done: int) -> "Exception":
        if isinstance(error, OSError) and error.errno:
            return error
        if isinstance(error, RuntimeError):  # an encrypted or unusual zip archive
            return ValueError(f"{self.path}: {error}; unpack it first")
        place = f", after line {self._line_at(done) - 1}" if done else ""
        return ValueError(
            f"{self.path}{place}: the compressed data is damaged or incomplete ({error}); copy the file again")

    def _decoded(self) -> "Any":
        import io

        self._binary.seek(0)
        binary = self._binary if hasattr(self._binary, "read1") else io.BufferedReader(self._binary)
        return io.TextIOWrapper(binary, self.encoding, newline="")


def _standard_input() -> "Any":
    import io
    import sys

    if sys.stdin is None or sys.stdin.closed:
        raise ValueError("standard input is closed; give the name of a file")
    return _spooled(getattr(sys.stdin, "buffer", None) or io.BytesIO(sys.stdin.read().encode()))


def _seekable(path: "Any") -> "Any":
    opened = open(path, "rb")
    if opened.seekable():
        return opened
    with opened:  # a pipe
        return _spooled(opened)


def _spooled(stream: "Any") -> "Any":
    """Return a temporary file with the rest of a stream, so that it can be read twice."""
    import shutil
    import tempfile

    spooled = tempfile.TemporaryFile()
    shutil.copyfileobj(stream, spooled)
    spooled.seek(0)
    return spooled


def _wide(start: bytes) -> str:
    """Return the UTF-16 whose zero bytes these are, or ""."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if 8 * max(even, odd) < len(start) or min(even, odd):
        return ""
    return "utf-16-be" if even else "utf-16-le" if odd else ""


def _text_around(data: bytes, place: int) -> str:
    """Return the cell with this byte, as far as delimiters and quotes tell."""
    text = data[max(0, place - 20):place + 20].decode("latin-1")
    at = min(place, 20)
    before = [text.rfind(end, 0, at) + 1 for end in "\n\r,;\t|\""]
    after = [text.find(end, at) for end in "\n\r,;\t|\""]
    return text[max(before):min([end for end in after if end >= 0] or [len(text)])].strip()


def _damages() -> "tuple[Any, ...]":
    """Return the exceptions that damaged compression raises."""
    import lzma
    import zipfile
    import zlib

    return EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError
