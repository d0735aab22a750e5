"""The examples of the help texts: every one of them could be typed."""

import re
import shlex
from collections.abc import Iterator, Mapping

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from sealift.cli import (
    artifact_versions,
    artifacts,
    binaries,
    binary_signatures,
    bundle_overrides,
    bundle_signatures,
    bundles,
    ca_certificates,
    cohorts,
    device_certificates,
    devices,
    events,
    products,
    releases,
    signing_keys,
)
from sealift.cli.app import app
from sealift.cli.nouns import Noun
from sealift.domain import search
from sealift.domain.search import Key, parse_search

_SEARCHED: tuple[tuple[Noun, Mapping[str, Key]], ...] = (
    (artifacts.ARTIFACT, search.ARTIFACTS),
    (artifact_versions.VERSION, search.ARTIFACT_VERSIONS),
    (binaries.BINARY, search.BINARIES),
    (binary_signatures.SIGNATURE, search.BINARY_SIGNATURES),
    (signing_keys.KEY, search.SIGNING_KEYS),
    (products.PRODUCT, search.PRODUCTS),
    (cohorts.COHORT, search.COHORTS),
    (devices.DEVICE, search.DEVICES),
    (ca_certificates.CA_CERTIFICATE, search.CA_CERTIFICATES),
    (device_certificates.DEVICE_CERTIFICATE, search.DEVICE_CERTIFICATES),
    (bundles.BUNDLE, search.BUNDLES),
    (bundle_signatures.SIGNATURE, search.BUNDLE_SIGNATURES),
    (bundle_overrides.OVERRIDE, search.BUNDLE_OVERRIDES),
    (releases.RELEASE, search.RELEASES),
    (events.EVENT, search.EVENTS),
)
# What is no word of the command: options that the root takes away, and what a shell does.
_OF_THE_ROOT = re.compile(r" --output \w+")
_OF_THE_SHELL = re.compile(r" [|<>] .*")
_ASKED_OF_THE_SHELL = re.compile(r"\$\([^)]*\)")


def _examples(command: object) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for each in command.commands.values():
            yield from _examples(each)
    elif isinstance(command, TyperCommand) and command.epilog:
        joined = re.sub(r"\\\n +", "", command.epilog)
        yield from re.findall(r"^  (sealift .*)$", joined, re.MULTILINE)


_EXAMPLES = list(_examples(typer.main.get_command(app)))


@pytest.mark.parametrize("example", [each for each in _EXAMPLES if " ..." not in each])
def test_an_example_is_understood(example: str) -> None:
    typed = _OF_THE_SHELL.sub("", _ASKED_OF_THE_SHELL.sub("1", _OF_THE_ROOT.sub("", example)))
    words = shlex.split(typed)[1:]
    command: object = typer.main.get_command(app)
    context: typer.Context | None = None

    while isinstance(command, TyperGroup):
        context = typer.Context(command, parent=context, info_name=words[0])
        command = command.commands[words.pop(0)]

    assert isinstance(command, TyperCommand)
    parsed = command.make_context(command.name, words, parent=context)
    assert parsed.params.keys() >= {each.name for each in command.params if each.required}


@pytest.mark.parametrize(("noun", "keys"), _SEARCHED, ids=lambda each: getattr(each, "many", ""))
def test_an_example_of_a_search_can_be_searched_for(noun: Noun, keys: Mapping[str, Key]) -> None:
    assert parse_search(noun.search, keys) != []
