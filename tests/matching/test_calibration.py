"""Whether scores mean what they say, and whether reasons are the reasons."""

import pytest
from defusedxml.ElementTree import fromstring

from matching.quality.calibration import as_diagram, as_rows, reliability
from matching.quality.faithfulness import faithfulness
from matching.quality.judged import Text
from matching.quality.ranking import an_organisation, index_listings, write_listings
from matching.services.statistics import refresh_statistics


def test_reliability_of_scores_that_mean_what_they_say_has_no_error():
    run = {"q": [(f"d{n}", 0.5) for n in range(10)]}
    ratings = {"q": {f"d{n}": 1.0 for n in range(5)}}

    found = reliability([(run, ratings, 0.1)])

    assert found.error == pytest.approx(0)
    assert [(band.count, band.shown, band.right) for band in found.bands] == [(10, 0.5, 0.5)]


def test_reliability_of_scores_that_promise_too_much_is_their_distance():
    run = {"q": [("a", 0.9), ("b", 0.9)]}

    found = reliability([(run, {"q": {"a": 1.0}}, 0.1)])

    assert found.error == pytest.approx(0.4)


def test_reliability_counts_only_what_is_shown_and_sets_alike():
    long = {"q": [(f"d{n}", 0.95) for n in range(40)] + [("low", 0.01)]}
    short = {"q": [("a", 0.95)]}

    found = reliability([(long, {"q": {}}, 0.1), (short, {"q": {"a": 3.0}}, 0.1)])

    assert found.bands[0].count == 20 + 1
    assert found.bands[0].right == pytest.approx(0.5)


def test_reliability_graded_ratings_are_right_above_half_of_the_scale():
    run = {"q": [("poor", 0.5), ("fair", 0.5)]}

    found = reliability([(run, {"q": {"poor": 1.0, "fair": 2.0, "best": 3.0}}, 0.1)])

    assert found.bands[0].right == 0.5


def test_reliability_diagram_and_rows_show_every_band():
    run = {"q": [("a", 0.9), ("b", 0.2)]}
    found = reliability([(run, {"q": {"a": 1.0}}, 0.1)])

    drawn = fromstring(as_diagram(found))

    assert len(drawn.findall("{http://www.w3.org/2000/svg}circle")) == 2
    assert "| 0.90 | 1.00 | 1 |" in as_rows(found)


@pytest.mark.django_db
def test_faithfulness_scores_fall_without_what_is_quoted():
    filler = (
        "The office is open on Mondays. Visits are welcome. Parking is behind the hall. "
        "Lunch begins at noon. Rooms are heated. Keys lie at the desk."
    )
    topic = "Solid electrolyte conducts lithium ions. The cathode keeps its capacity."
    bought = (
        "We buy for two years. Prices are annual. Staff is trained. Bids close in May. "
        "Letters are answered. Travel is paid."
    )
    others = [Text("", f"Carpet {n}", f"Wool {n} is woven. Looms {n} are loud.") for n in range(30)]
    owner = an_organisation("corpus")
    made = write_listings([Text("", "", f"{topic} {filler}"), *others], "achievement", owner)
    asked = write_listings([Text("", "", f"{topic} {bought}")], "demand", owner)
    index_listings([*made, *asked])
    refresh_statistics()

    found = faithfulness([(asked[0], made[0])])

    assert (found.pairs, found.fell, found.fell_by_more, found.share) == (1, 1, 1, 1.0)


@pytest.mark.django_db
def test_faithfulness_of_single_sentences_cannot_be_told():
    owner = an_organisation("corpus")
    made = write_listings([Text("", "", "Solid electrolyte.")], "achievement", owner)
    asked = write_listings([Text("", "", "Solid electrolyte.")], "demand", owner)
    index_listings([*made, *asked])

    found = faithfulness([(asked[0], made[0])])

    assert (found.pairs, found.share) == (0, 0.0)
