"""The search language through the wire: how clauses are spelled, and what text means in them."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from sealift.records import rows
from sealift.records.artifacts import ARTIFACTS
from tests.admin_api.tenant import Tenant

DOTLESS = "\N{LATIN SMALL LETTER DOTLESS I}"
NAMES = [
    "Kernel", "KERNEL", "kernel", "100%", "1000", "a_b", "axb", "%", "_", "*", "?", "[a-z]",
    "O'Brien", 'say "hi"', "back\\slash", "Straße", "STRASSE", "\N{LATIN CAPITAL LETTER O}\u0308l",
    "Öl", "ÖL", "öl", "İstanbul", "istanbul", "ISTANBUL", f"{DOTLESS}stanbul",
    "ΣΊΣΥΦΟΣ", "Σίσυφος", "日本",
    "\N{GRINNING FACE}", " spaces ", "a and b", "name:'x'", "ﬁle", "line\nbreak",
]  # fmt: skip


@pytest.fixture
def named(tenant: Tenant) -> Tenant:
    """A tenant with one artifact of each of the names."""
    organization_id = tenant.organization_prn.removeprefix("prn:1:")
    with tenant.system.records.write(organization_id) as tx:
        for name in NAMES:
            rows.add(tx, ARTIFACTS, tenant.clock(), id=str(uuid4()), name=name, description=name)
    return tenant


def _found(tenant: Tenant, search: str) -> list[str]:
    answer = tenant.api.get("/artifacts", params={"search": search, "limit": 100})
    assert answer.status_code == 200, (search, answer.text)
    return sorted(each["name"] for each in answer.json()["artifacts"])


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def test_every_name_is_found_by_itself_alone(named: Tenant) -> None:
    for name in NAMES:
        assert _found(named, f"name:{_quoted(name)}") == [name]
        assert _found(named, f"description:{_quoted(name)}") == [name]
        assert name in _found(named, f"name~{_quoted(name)}")
        assert name in _found(named, f"name-{_quoted(name)}")


def test_wildcards_are_ordinary_characters(named: Tenant) -> None:
    for each in ("~", "-"):
        assert _found(named, f"name{each}'%'") == ["%", "100%"]
        assert _found(named, f"name{each}'_'") == ["_", "a_b"]
        assert _found(named, f"name{each}'a_b'") == ["a_b"]
        assert _found(named, f"name{each}'*'") == ["*"]
        assert _found(named, f"name{each}'[a-z]'") == ["[a-z]"]
        assert _found(named, f"name{each}'k%l'") == []


def test_case_counts_or_not_as_the_operator_says(named: Tenant) -> None:
    assert _found(named, "name:'kernel'") == ["kernel"]
    assert _found(named, "name~'erne'") == ["Kernel", "kernel"]
    assert _found(named, "name-'ERNE'") == ["KERNEL", "Kernel", "kernel"]


def test_case_is_that_of_all_scripts(named: Tenant) -> None:
    assert _found(named, "name-'öl'") == ["ÖL", "Öl", "öl"]
    assert _found(named, "name-'ÖL'") == ["ÖL", "Öl", "öl"]
    assert _found(named, "name-'strasse'") == ["STRASSE", "Straße"]
    assert _found(named, "name-'straße'") == ["STRASSE", "Straße"]
    assert _found(named, "name-'σίσυφος'") == ["ΣΊΣΥΦΟΣ", "Σίσυφος"]
    assert _found(named, "name-'FILE'") == ["ﬁle"]
    assert _found(named, "name~'öl'") == ["öl"]


def test_the_turkish_letters_keep_their_dots(named: Tenant) -> None:
    assert _found(named, "name-'istanbul'") == ["ISTANBUL", "istanbul"]
    assert _found(named, "name-'İSTANBUL'") == ["İstanbul"]
    assert _found(named, f"name-'{DOTLESS}STANBUL'") == [f"{DOTLESS}stanbul"]


def test_quotes_and_backslashes_are_escaped(named: Tenant) -> None:
    assert _found(named, r"name:'O\'Brien'") == ["O'Brien"]
    assert _found(named, r"name~'\''") == ["O'Brien", "name:'x'"]
    assert _found(named, r"name~'\\'") == ["back\\slash"]
    assert _found(named, "name~'\"'") == ['say "hi"']
    assert _found(named, "name:'a and b'") == ["a and b"]


def test_an_empty_text_is_in_every_other(named: Tenant) -> None:
    assert len(_found(named, "name~''")) == len(NAMES)
    assert len(_found(named, "name-''")) == len(NAMES)
    assert _found(named, "name:''") == []


def test_clauses_must_all_hold(named: Tenant) -> None:
    assert _found(named, "name-'kernel' and name~'K'") == ["KERNEL", "Kernel"]
    assert _found(named, "name-'kernel' and name~'K' and description:'Kernel'") == ["Kernel"]
    assert _found(named, "name~'K'    and   name~'e'") == ["Kernel"]
    assert _found(named, "name:'Kernel' and name:'kernel'") == []


def test_five_clauses_are_enough(named: Tenant) -> None:
    assert _found(named, " and ".join(["name~'K'"] * 5)) == ["KERNEL", "Kernel"]

    sixth = named.api.get("/artifacts", params={"search": " and ".join(["name~'K'"] * 6)})

    assert (sixth.status_code, list(sixth.json()["errors"])) == (422, ["search"])
    assert "5" in sixth.json()["errors"]["search"][0]


NO_SEARCH = [
    "", " ", "name", "name:", ":'x'", "name:x", "name:'x", "name:x'", 'name:"x"', "name='x'",
     "name :'x'", "name: 'x'", " name:'x'", "name:'x' ", "name:'x'and name:'y'",
     "name:'x' or name:'y'", "name:'x' AND name:'y'", "name:'x' and", "and name:'x'",
     "name:'x' and and name:'y'", "not name:'x'", "(name:'x')", "name:'x';", "name:'x'--",
     "name!:'x'", "name<>'x'", "name:'it's'", r"name:'\n'", r"name:'\'", "name:'x'\nand name:'y'",
     "name:5", "name:true", "name:null", "NAME:'x'", "name~~'x'", "\x00", "name:'\x00'",
     "name-'a\x00'", "'", "\\", "a" * 10_001, "name~'" + "a" * 9_994 + "'x",
]  # fmt: skip


def _is_refused(tenant: Tenant, path: str, search: str) -> bool:
    answer = tenant.api.get(path, params={"search": search})
    return answer.status_code == 422 and list(answer.json()["errors"]) == ["search"]


def test_what_is_no_search_is_refused(tenant: Tenant) -> None:
    for search in NO_SEARCH:
        assert _is_refused(tenant, "/artifacts", search), search


def test_the_longest_text_finds_nothing_and_breaks_nothing(tenant: Tenant) -> None:
    for each in (":", "~", "-"):
        assert _found(tenant, f"name{each}'{'ß' * 9_990}'") == []


def test_bytes_that_are_no_text_match_nothing(tenant: Tenant) -> None:
    answer = tenant.api.get("/artifacts?search=name~'%ff%ed%a0%80'")

    assert (answer.status_code, answer.json()["artifacts"]) == (200, [])


def test_times_are_compared_to_the_microsecond(tenant: Tenant) -> None:
    made = tenant.api.post("/artifacts", json={"name": "kernel"}).json()["artifact"]
    moment = datetime.fromisoformat(made["inserted_at"])
    earlier, later = (moment + timedelta(microseconds=each) for each in (-1, 1))

    def found(each: str, at: datetime) -> bool:
        return _found(tenant, f"inserted_at{each}'{at:%Y-%m-%dT%H:%M:%S.%f}Z'") == ["kernel"]

    assert [found(each, earlier) for each in (":", "<", "<=", ">", ">=")] == [
        False, False, False, True, True,
    ]  # fmt: skip
    assert [found(each, moment) for each in (":", "<", "<=", ">", ">=")] == [
        True, False, True, False, True,
    ]  # fmt: skip
    assert [found(each, later) for each in (":", "<", "<=", ">", ">=")] == [
        False, True, True, False, False,
    ]  # fmt: skip


def test_a_range_of_whole_seconds_holds_what_lies_between(tenant: Tenant) -> None:
    tenant.api.post("/artifacts", json={"name": "before"})
    tenant.clock.pass_time(timedelta(seconds=10))
    since = tenant.clock.moment
    tenant.clock.pass_time(timedelta(seconds=10))
    tenant.api.post("/artifacts", json={"name": "between"})
    tenant.clock.pass_time(timedelta(seconds=10))
    until = tenant.clock.moment
    tenant.clock.pass_time(timedelta(seconds=10))
    tenant.api.post("/artifacts", json={"name": "after"})

    search = f"inserted_at>='{since:%FT%TZ}' and inserted_at<'{until:%FT%TZ}'"

    assert _found(tenant, search) == ["between"]


NO_TIME = [
    "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00", "2026-01-01 00:00:00Z",
     "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "0000-01-01T00:00:00Z",
     "2026-01-01T00:00:00.1234567Z", "now", "", "1767225600",
]  # fmt: skip


def test_what_is_no_time_is_refused(tenant: Tenant) -> None:
    for moment in NO_TIME:
        assert _is_refused(tenant, "/artifacts", f"inserted_at>'{moment}'"), moment


def test_the_ends_of_time_and_of_numbers_are_no_surprise(tenant: Tenant) -> None:
    tenant.api.post("/artifacts", json={"name": "kernel"})

    assert _found(tenant, "inserted_at>'0001-01-01T00:00:00Z'") == ["kernel"]
    assert _found(tenant, "inserted_at<'9999-12-31T23:59:59.999999Z'") == ["kernel"]
    for number in ("9223372036854775807", "9223372036854775808", "-9999999999999999999"):
        answer = tenant.api.get("/binaries", params={"search": f"size>{number}"})
        assert (answer.status_code, answer.json()["binaries"]) == (200, [])
    for number in ("1.5", "1e3", "0x10", "'1'", "99999999999999999999", "+1", "1_0", "--1"):
        assert _is_refused(tenant, "/binaries", f"size:{number}"), number


def test_a_state_is_one_of_six_words(tenant: Tenant) -> None:
    for word in ("Uploadable", "'SIGNED'", "deleted", "'x'", "1", "'signed '", "''"):
        assert _is_refused(tenant, "/binaries", f"state:{word}"), word
    assert tenant.api.get("/binaries?search=state:signed").status_code == 200
    assert tenant.api.get("/binaries?search=state:'signed'").status_code == 200
