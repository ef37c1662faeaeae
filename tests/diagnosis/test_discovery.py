from __future__ import annotations

from trackexp.diagnosis import all_rules


def test_rules_come_in_the_order_of_their_codes():
    """So that every list of outcomes reads alike."""
    codes = [rule.code for rule in all_rules()]

    assert codes == sorted(codes)
    assert "TX101" in codes


def test_the_file_bears_the_rules_name():
    """`bce-on-categorical` is looked for in bce_on_categorical.py."""
    wrong = [
        rule.name for rule in all_rules() if type(rule).__module__.rsplit(".", 1)[-1] != rule.name.replace("-", "_")
    ]

    assert [] == wrong
