"""Products of many rows in whole numbers, which are never lower than the exact ones.

Processors multiply whole numbers of 8 bits several times as fast as floating point. Rounding costs
no answers: what it may have taken away is added, so whoever looks for the highest leaves out by
these figures only what cannot be among them, and computes the rest exactly.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Wholes = NDArray[np.int32]

_ASKS = 63  # 7 bits: two products of 7 and 8 bits fit into the 16 that older processors add up in
_OFFERS = 127
_LEAST = 1e-5  # of a step: sums of shorter ones might not fit into 32 bits


class Product:
    """Products with rows [n, k] of whole numbers −127 to 127, by ONNX Runtime on one thread.

    May be used by several threads at once.
    """

    def __init__(self, rows: NDArray[np.int8], zero: int) -> None:
        # Loaded here: only processes that compare all with all pay for them.
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session: Any = InferenceSession(_graph(np.ascontiguousarray(rows.T), zero), options)

    def of(self, rows: NDArray[np.uint8]) -> Wholes:
        """Rows [m, k] of 0 to 127, less the zero, times all [m, n]."""
        product: Wholes = self._session.run(None, {"asks": rows})[0]
        return product


def _graph(offers: NDArray[np.int8], zero: int) -> bytes:
    """``asks`` [m, k] → ``product`` [m, n] as a serialised ONNX model."""
    from onnx import TensorProto, helper, numpy_helper

    width, many = offers.shape
    constants = [
        numpy_helper.from_array(offers, "offers"),
        numpy_helper.from_array(np.array(zero, np.uint8), "zero"),
    ]
    made = helper.make_graph(
        [helper.make_node("MatMulInteger", ["asks", "offers", "zero"], ["product"])],
        "product",
        [helper.make_tensor_value_info("asks", TensorProto.UINT8, [None, width])],
        [helper.make_tensor_value_info("product", TensorProto.INT32, [None, many])],
        constants,
    )
    versions = [helper.make_opsetid("", 21)]
    model = helper.make_model(made, opset_imports=versions, ir_version=10)
    return bytes(model.SerializeToString())


class Turned:
    """Directions of who asks, rounded: ``steps`` of each, ``lost`` is how long what is missing is.

    ``lengths`` are those of the exact rows.
    """

    def __init__(self, rows: Floats) -> None:
        self.steps = _steps(np.abs(rows).max(axis=1, initial=0), _ASKS)
        whole = np.rint(rows / self.steps[:, None])
        self.lost = np.linalg.norm(rows - whole * self.steps[:, None], axis=1)
        self.lengths = np.linalg.norm(rows, axis=1)
        self.rows = (whole + _ASKS).astype(np.uint8)


class Directions:
    """Directions of who is asked, rounded to one ``step``; changes the rows it is given.

    ``length`` is the longest rounded one, ``lost`` the most that rounding took of one.
    """

    def __init__(self, rows: Floats) -> None:
        self.step = float(_steps(np.abs(rows).max(initial=0), _OFFERS))
        whole = np.rint(rows / self.step)
        self.product = Product(whole.astype(np.int8), _ASKS)
        whole *= self.step
        rows -= whole
        self.length = _longest(whole)
        self.lost = _longest(rows)

    def missing(self, asks: Turned, rows: NDArray[np.int64]) -> Floats:
        """By how much products of these rows may be below the exact ones.

        The exact product is that of the rounded rows, and of what either lost with the other.
        """
        found = asks.lost[rows] * self.length + asks.lengths[rows] * self.lost
        return found.astype(np.float32)


class Amounts:
    """Amounts of words that are common to many, none below zero, rounded up on both sides."""

    def __init__(self, offered: Floats) -> None:
        self._columns = _steps(offered.max(axis=0, initial=0), _OFFERS)
        self._product = Product(np.ceil(offered / self._columns).astype(np.int8), 0)

    def least_steps(self, queries: Floats) -> Floats:
        """Steps that the products of these queries must have at least."""
        return _steps((queries * self._columns).max(axis=1, initial=0), 2 * _ASKS)

    def of(self, queries: Floats, steps: Floats) -> Wholes:
        """Products of the queries with all, in steps, rounded up."""
        rows = np.ceil(queries * self._columns / steps[:, None])
        return self._product.of(rows.astype(np.uint8))


def _steps(highest: Any, most: int) -> Floats:
    """So that the highest of a row is not above ``most`` steps."""
    found: Floats = np.maximum(highest / most * (1 + 1e-6), _LEAST).astype(np.float32)
    return found


def _longest(rows: Floats) -> float:
    return float(np.sqrt(np.einsum("ij,ij->i", rows, rows).max(initial=0)))
