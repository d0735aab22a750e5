"""A binary's whole life through the real doors."""

import pytest

from tests.yard import CONTENT, Yard, a_version, brought_to, patch, see

pytestmark = pytest.mark.lifecycle


def test_a_file_becomes_a_signed_binary_that_can_be_downloaded(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))

    link = yard.api.get(f"/binaries/{binary['prn']}/download_url").json()["download_url"]

    assert yard.anybody.get(link).content == CONTENT


def test_destroying_erases_the_content_and_keeps_the_record(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))

    answer = patch(yard.api, binary, state="destroyed")

    assert answer.status_code == 200
    assert see(yard.api, binary)["destroyed"] is True
    assert yard.kept() == []
