"""The suites are all there: a case that is silently left out would look like one that passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.conformance import test_arc, test_dmarc, test_spf

Suite = Callable[[str], Path]


def test_the_spf_suite_has_203_results_and_22_explanations(suite: Suite) -> None:
    suite("spf")
    cases = [case.values[1] for case in test_spf.cases()]
    assert len(cases) == 203
    assert sum("explanation" in case for case in cases) == 22


def test_the_arc_suite_has_at_least_169_validations_and_17_signings(suite: Suite) -> None:
    suite("arc")
    validations = test_arc.cases("arc-draft-validation-tests.yml")
    # A few names occur twice in one document. Readers that know only the last count 171, or 168 with a verdict; here all run.
    assert len({(case.values[0]["description"], case.id.rpartition("-")[0]) for case in validations}) == 171
    assert len(validations) == 175
    assert len(test_arc.cases("arc-draft-sign-tests.yml")) == 17


def test_the_dmarc_cases_are_all_there(suite: Suite) -> None:
    suite("dmarc")
    assert len(test_dmarc.cases()) >= 53
