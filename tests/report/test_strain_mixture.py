"""A mixture beside its members, printed: the sentences say what the numbers are."""

import io

from gutskin.evidence.mixtures import AS_IT_IS, NO_PLACES, ONE_AXIS, Beside
from gutskin.report.console import Terminal
from gutskin.report.strain_mixture import print_mixture, reasons

NUMBERS = {
    "effect of the mixture": (-2.0, -2.5, -1.5),
    "effect of a member": (-1.5, -2.0, -1.0),
    "spread over that of a member": (0.7, 0.6, 0.8),
    "better than the median member": (0.65, 0.6, 0.7),
    "better than the best member": (0.10, 0.05, 0.15),
    "harm by the mixture": (0.1, 0.05, 0.15),
    "harm by a member": (0.25, 0.2, 0.3),
}
CROWDED = NUMBERS | {"better than the best member": (0.02, 0.0, 0.05)}
FOUND = Beside(
    4e9, 8, {"a": -3.0, "b": -1.6, "c": -1.4}, {"a": 0.1, "b": 0.2, "c": 0.3},
    {AS_IT_IS: NUMBERS, NO_PLACES: CROWDED, ONE_AXIS: NUMBERS},
)  # fmt: skip
LABELS = {"a": "First", "b": "Second", "c": "Third"}


def test_unit_why_it_is_safer_and_rarely_the_best():
    said = reasons(FOUND, LABELS)
    assert (
        "spreads 0.70 times as much as a member and harms in 10% of worlds instead of 25%"
        in (said[0])
    )
    assert (
        said[1] == "It is better than its median member in 65% of worlds and than its best in 10%."
    )
    assert "places of their own at the wall (8% of worlds)." in said[2]
    assert "other than regulation" not in said[2]  # they change nothing
    assert said[3] == "What holds it back from its best member: Third (-1.4)."


def test_unit_nothing_is_said_to_carry_or_to_hold_back_what_does_not():
    alike = Beside(4e9, 8, {"a": -2.0, "b": -2.0}, {"a": 0.2, "b": 0.2},
                   dict.fromkeys((AS_IT_IS, NO_PLACES, ONE_AXIS), NUMBERS))  # fmt: skip
    assert len(reasons(alike, LABELS)) == 2


def test_unit_each_member_and_each_case_are_printed():
    out = io.StringIO()
    print_mixture(FOUND, LABELS, Terminal(file=out, width=110))
    text = " ".join(out.getvalue().split())
    assert "children, 4e9 CFU a day" in text
    assert "First -3.0, harm 10%; Second -1.6, harm 20%; Third -1.4, harm 30%" in text
    assert "no places of their own" in text
    assert "(60% to 70%)" in text
