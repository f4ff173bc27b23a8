"""Scores and requirement rows: bounds, order, caps, units."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.scoring.requirements import Measured, Required, compare_rows
from matching.scoring.score import COMPONENTS, FIRST_WEIGHTS, Side, TextFit, score

# A busy machine makes examples slowly; that says nothing about the scores.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

FIELDS = st.frozensets(
    st.sampled_from(
        [("hightech", "1"), ("hightech", "1", "1.1"), ("hightech", "2"), ("ipc", "H", "H01")]
    )
)
VALUES = st.decimals(-1000, 1000, places=2)
UNITS = st.sampled_from(["", "Wh/kg", "kWh/kg", "℃", "K", "nonsense"])


def _required(operator=">=", value="300", unit="Wh/kg", **kwargs) -> Required:
    values = {"quantity": "energy density", "term": "energy_density"} | kwargs
    return Required(value=Decimal(value), unit=unit, operator=operator, **values)


def _evidence(value="320", unit="Wh/kg", term="energy_density", quantity="energy density"):
    return Measured(quantity=quantity, term=term, value=Decimal(value), unit=unit)


_REQUIRED = st.builds(
    Required,
    quantity=st.just("q"),
    term=st.sampled_from(["", "q"]),
    value=VALUES,
    unit=UNITS,
    operator=st.sampled_from(["=", ">=", "<=", "about", "between"]),
    must=st.booleans(),
)
_MEASURED = st.builds(
    Measured, quantity=st.just("Q"), term=st.sampled_from(["", "q"]), value=VALUES, unit=UNITS
)
SIDES = st.builds(
    Side,
    fields=FIELDS,
    readiness=st.none() | st.integers(1, 9),
    modes=st.frozensets(st.sampled_from(["licence", "equity", "other", "service"])),
    amount=st.none() | st.decimals(0, 10**6, places=2),
    currency=st.sampled_from(["CNY", "EUR"]),
    place=st.none() | st.sampled_from([("CN", "CN-31"), ("CN", ""), ("DE", "DE-BY")]),
    required=st.lists(_REQUIRED, max_size=3),
    evidence=st.lists(_MEASURED, max_size=3),
)


@patient
@given(SIDES, SIDES, st.none() | st.floats(-50, 50), st.none() | st.floats(-50, 200))
def test_score_any_two_sides_is_bounded_and_repeatable(demand, candidate, meaning, words):
    fit = TextFit(meaning, words)

    found = score(demand, candidate, fit, FIRST_WEIGHTS)

    assert found == score(demand, candidate, fit, FIRST_WEIGHTS)
    assert 0 <= found.total <= 1
    assert set(found.components) == set(COMPONENTS) == set(FIRST_WEIGHTS["components"])
    assert all(value is None or 0 <= value <= 1 for value in found.components.values())


@patient
@given(SIDES, SIDES, st.floats(-5, 8), st.floats(-2, 20), st.floats(0, 3), st.floats(0, 9))
def test_score_nearer_texts_never_score_less(demand, candidate, meaning, words, nearer, more):
    low = score(demand, candidate, TextFit(meaning, words), FIRST_WEIGHTS)
    near = score(demand, candidate, TextFit(meaning + nearer, words), FIRST_WEIGHTS)
    worded = score(demand, candidate, TextFit(meaning, words + more), FIRST_WEIGHTS)

    assert near.total >= low.total - 1e-12
    assert worded.total >= low.total - 1e-12


def test_score_higher_readiness_never_scores_less():
    totals = [
        score(Side(readiness=6), Side(readiness=level), TextFit(2.0, 0.1), FIRST_WEIGHTS).total
        for level in range(1, 10)
    ]

    assert totals == sorted(totals)
    assert totals[0] < totals[4] < totals[5] == totals[8]


def test_score_what_is_not_stated_neither_helps_nor_harms():
    fit = TextFit(3.0, 2.0)
    stated = Side(readiness=5, amount=Decimal(9), currency="CNY")

    bare = score(Side(), Side(), fit, FIRST_WEIGHTS)
    one_sided = score(stated, Side(), fit, FIRST_WEIGHTS)

    assert bare.total == one_sided.total
    assert one_sided.components["readiness"] is None


def test_score_foreign_candidate_is_not_ahead_of_one_whose_words_agree_as_usual():
    foreign = score(Side(), Side(), TextFit(3.0, None), FIRST_WEIGHTS)
    native = score(Side(), Side(), TextFit(3.0, 9.0), FIRST_WEIGHTS)

    assert foreign.components["lexical"] is None
    assert foreign.total < native.total < foreign.total + 0.1


def test_score_failed_must_caps_and_says_so_failed_preference_does_not():
    fit = TextFit(9.0, 9.0)
    failing = Side(evidence=[_evidence("200")])

    capped = score(Side(required=[_required()]), failing, fit, FIRST_WEIGHTS)
    preferred = score(Side(required=[_required(must=False)]), failing, fit, FIRST_WEIGHTS)

    assert (capped.failed_must, capped.total) == (True, FIRST_WEIGHTS["failed_must_cap"])
    assert not preferred.failed_must
    assert preferred.total > capped.total


@pytest.mark.parametrize(
    ("row", "evidence", "result", "offered"),
    [
        (_required(), _evidence("0.32", "kWh/kg"), "pass", "320"),
        (_required(), _evidence("299.9"), "fail", "299.9"),
        (_required("<=", "300"), _evidence("300"), "pass", "300"),
        (_required("between", "250", value_max=Decimal(350)), _evidence("351"), "fail", "351"),
        (_required("between", "250", value_max=Decimal(350)), _evidence("350"), "pass", "350"),
        (_required("about", "300"), _evidence("329"), "pass", "329"),
        (_required("about", "300"), _evidence("331"), "fail", "331"),
        (_required("=", "300"), _evidence("0.3", "kWh/kg"), "pass", "300"),
        (_required(), _evidence("320", "V"), "unknown", None),
        (_required(), _evidence("320", term="cycle_life"), "unknown", None),
        (_required(term=""), _evidence("320", term="", quantity="Energy-Density"), "pass", "320"),
        (_required(term=""), _evidence("320", quantity="ＥＮＥＲＧＹ density"), "pass", "320"),
        (_required(unit="nonsense"), _evidence(), "unknown", None),
        (
            _required("<=", "2", "K", term="temperature_rise"),
            _evidence("1.5", "℃", term="temperature_rise"),
            "pass",
            "1.5",
        ),
    ],
)
def test_rows_requirement_meets_evidence_in_the_demands_unit(row, evidence, result, offered):
    (found,) = compare_rows([row], [evidence])

    assert found.result == result
    assert found.offered == (Decimal(offered) if offered else None)


def test_rows_best_of_several_measurements_counts():
    (found,) = compare_rows([_required()], [_evidence("100"), _evidence("310"), _evidence("290")])

    assert (found.result, found.offered) == ("pass", Decimal(310))


def test_score_fields_of_other_schemes_are_not_compared():
    fit = TextFit(1.0, None)
    ipc = Side(fields=frozenset({("ipc", "H")}))
    root = Side(fields=frozenset({("hightech", "1")}))
    leaf = Side(fields=frozenset({("hightech", "1", "1.1")}))

    assert score(ipc, root, fit, FIRST_WEIGHTS).components["fields"] is None
    assert score(root, leaf, fit, FIRST_WEIGHTS).components["fields"] == 0.5
    assert score(leaf, leaf, fit, FIRST_WEIGHTS).components["fields"] == 1.0
