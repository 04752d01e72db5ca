"""The catalogue: every event of the reference has its category, unknown ones are never lost."""

from __future__ import annotations

import tomllib

import pytest

from auditviewer.core.catalogue import BrokenCatalogueError, load_catalogue
from auditviewer.core.reading import read_exports
from auditviewer.paths import resource_path, user_catalogue_path
from tests.builders import table_of

VOCABULARY = tomllib.loads(resource_path("sample_maker/vocabulary.toml").read_text(encoding="utf-8"))["kind"]

EXPECTED = [
    ("user:creation", "user:creation-failed", "user", "User Management", "User Creation"),
    ("scope:create", None, "scope", "Group Management", "Group Creation"),
    ("epbpolicy:update", None, "ebpPolicy", "Policy Management", "Policy Update"),
    ("ebpPolicy:update", None, None, "Policy Management", "Policy Update"),
    ("ebppolicythreshold:upserting", None, None, "Policy Management", "Policy Threshold Upsert"),
    ("user:vsa9-login", "user:vsa9-login-failed", "user", "User Access", "VSA 9 Login"),
    ("user:login", "user:login-failed", "user", "User Access", "Email/Password Login"),
    ("k1:login-something", None, "user", "User Access", "K1 Login"),
    ("user:automatic-logout", None, "user", "User Access", "Automatic Logout"),
    ("user:logout", None, "user", "User Access", "Deliberate Logout"),
    ("userscope:assignment", None, "userScope", "Group Management", "User Group Assignment"),
    ("userscope:updating", None, "userScope", "Group Management", "User Group Update"),
    ("user:password-reset", None, "user", "User Management", "Password Reset"),
    ("k1user:deactivating", None, "cooperbotK1User", "User Management", "K1 User Deactivation"),
    ("k1user:deleting", None, "cooperbotK1User", "User Management", "K1 User Deletion"),
    ("k1accessgroups:syncing", None, "cooperbotK1AccessGroups", "Group Management", "K1 Access Groups Sync"),
    ("deploymenttoken:pairing", None, "deploymentToken", "Access & Tokens", "Token Pairing"),
    ("epbrestore:sfmv-bundling", None, "epbRestore", "Restore Operations", "Single-File Multi-Version Bundle"),
    ("epbrestore:sfmv-recovering", None, "epbRestore", "Restore Operations", "Single-File Multi-Version Recover"),
    ("epbrestore:sfmv-restored", None, "epbRestore", "Restore Operations", "Single-File Multi-Version Restore"),
    ("epbrestore:bmr-started", None, "epbRestore", "Restore Operations", "Bare Metal Recovery (BMR)"),
    ("epbreport:snapshot-resending", None, "epbReport", "Reporting", "Report Snapshot Resend"),
    ("user:vsa9login", "User.VSA9_Login-Failed", "user", "User Access", "VSA 9 Login"),
    ("User.Creation_Failed", None, None, "User Management", "User Creation"),
    ("USER CREATION:x", "user creation", None, "Uncategorised", None),
    ("ebpPolicy:thresholdUpserted", None, None, "Policy Management", "Policy Threshold Upsert"),
    ("vsa:login", None, "user", "User Access", None),
    ("mfa:enrollment", None, "user", "User Access", None),
    ("user:k1-logout", None, "user", "User Access", None),
    ("user:renamed", None, None, "User Management", None),
    ("user:group-something", None, "user", "Group Management", None),
    ("epbrestore:session-started", None, None, "Restore Operations", None),
    ("scope:" + "x" * 400, None, "epbAsset", "Asset Management", None),
    ("something:else", None, "epbAsset", "Asset Management", None),
    ("something:else", None, "ebpAsset", "Asset Management", None),
    ("something:else", "odd", "organization", "Uncategorised", None),
    (None, None, None, "Uncategorised", None),
]


@pytest.mark.parametrize(("workflow", "event", "target", "category", "label"), EXPECTED)
def test_an_event_is_classified_by_string_then_pattern_then_target_type(workflow, event, target, category, label):
    catalogue = load_catalogue()
    found = catalogue.classify(workflow, event, target)
    assert catalogue.categories[found.category_index].label == category
    assert found.event_label == label


def test_the_catalogue_has_the_eight_categories_and_every_event_of_the_reference():
    catalogue = load_catalogue()
    assert [c.label for c in catalogue.categories] == [
        "Uncategorised", "User Access", "User Management", "Group Management", "Asset Management", "Policy Management",
        "Access & Tokens", "Restore Operations", "Reporting",
    ]  # fmt: skip
    counts = {c.key: sum(e.category == c.key for e in catalogue.events) for c in catalogue.categories[1:]}
    assert list(counts.values()) == [6, 8, 8, 3, 5, 3, 6, 4]
    assert len(catalogue.target_types) == 14
    assert len(catalogue.initiator_types) == 6
    assert [s.value for s in catalogue.statuses] == ["success", "failure", "warning", "inProgress"]


@pytest.mark.parametrize("kind", load_catalogue().events, ids=lambda kind: kind.label)
def test_each_exact_type_string_classifies_as_its_own_event(kind):
    catalogue = load_catalogue()
    for text in kind.types:
        found = catalogue.classify(text.upper(), None, None)
        assert (found.event_label, found.how) == (kind.label, "exact")


@pytest.mark.parametrize("kind", VOCABULARY, ids=lambda kind: kind["event"])
def test_each_type_of_the_shared_vocabulary_tells_its_event_even_alone(kind):
    catalogue = load_catalogue()
    for event_type, _ in [*kind["steps"], kind["failed"]]:
        found = catalogue.classify(kind["workflow"], event_type, kind["target"])
        assert (found.event_label, catalogue.categories[found.category_index].label) == (
            kind["event"],
            kind["category"],
        )
        alone = catalogue.classify(None, event_type, None)
        assert catalogue.categories[alone.category_index].label in (kind["category"], "Group Management")
        assert alone.event_label in (kind["event"], None, "User Group Assignment")


def test_how_an_event_was_classified_is_said():
    catalogue = load_catalogue()
    assert catalogue.classify("user:creation", None, None).how == "exact"
    assert catalogue.classify("user:creation-odd", None, None).how == "pattern"
    assert catalogue.classify("odd", None, "user").how == "target type"
    assert catalogue.classify("odd", None, "odd").how == "none"


def test_values_have_labels_and_unknown_values_are_themselves():
    catalogue = load_catalogue()
    assert catalogue.status_label("INPROGRESS") == "In progress"
    assert catalogue.status_label("skipped") == "skipped"
    assert catalogue.initiator_type_label("vsa-user") == "VSA user"
    assert catalogue.target_type_label("epbPolicy") == catalogue.target_type_label("ebpPolicy") == "Policy"


def test_an_own_file_adds_patterns_to_a_category_and_an_event_that_ship(tmp_path):
    own = tmp_path / "catalogue.toml"
    own.write_text(
        '[[category]]\nkey = "reporting"\nlabel = "Reporting"\npatterns = ["digest:*"]\n'
        '[[event]]\ncategory = "User Management"\nlabel = "User Update"\ntypes = ["person:change"]\n'
    )
    catalogue = load_catalogue(own)
    assert [c.key for c in catalogue.categories] == [c.key for c in load_catalogue().categories]
    assert catalogue.classify("Person:Change", None, None).event_label == "User Update"
    assert catalogue.classify("user:updated", None, None).event_label == "User Update"
    for digest in ("digest:sent", "epbreport:odd"):
        assert catalogue.classify(digest, None, None).category_index == 8
    assert [kind.label for kind in catalogue.events_of(catalogue.categories[2])].count("User Update") == 1


def test_a_users_own_file_adds_events_and_categories_and_is_asked_first(tmp_path):
    own = tmp_path / "catalogue.toml"
    own.write_text(
        '[[category]]\nkey = "billing"\nlabel = "Billing"\n'
        '[[event]]\ncategory = "billing"\nlabel = "Invoice"\npatterns = ["invoice:*", "user:*login*"]\n'
    )
    catalogue = load_catalogue(own)
    assert catalogue.categories[-1].label == "Billing"
    assert catalogue.classify("invoice:sent", None, None).event_label == "Invoice"
    assert catalogue.classify("user:k1-login-weird", None, None).event_label == "Invoice"
    assert catalogue.classify("scope:create", None, None).event_label == "Group Creation"


@pytest.mark.parametrize(
    "text",
    ["not toml =", "[[event]]\nlabel = 'x'\n", "[[event]]\ncategory = 'nowhere'\nlabel = 'x'\n", "event = 3\n",
     "[[event]]\ncategory = 'reporting'\nlabel = 'x'\npatterns = [1]\n"],
)  # fmt: skip
def test_a_broken_extension_is_one_clear_sentence_that_names_the_file(tmp_path, text):
    own = tmp_path / "mine.toml"
    own.write_text(text)
    with pytest.raises(BrokenCatalogueError, match=r"mine\.toml") as raised:
        load_catalogue(own)
    assert "entry 1 of [[event]]" in str(raised.value) or "line" in str(raised.value) or "“event”" in str(raised.value)
    assert "Mend the file" in str(raised.value)


def test_an_own_file_that_is_missing_or_a_folder_is_said_to_be_so(tmp_path):
    for path in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(BrokenCatalogueError, match=path.name):
            load_catalogue(path)


@pytest.mark.parametrize("kind", ["not TOML", "a folder", "a link to nowhere"])
def test_a_broken_own_file_is_told_and_stops_nobody(tmp_path, own_places, kind):
    own = user_catalogue_path()
    own.parent.mkdir(parents=True, exist_ok=True)
    match kind:
        case "not TOML":
            own.write_text("not toml =")
        case "a folder":
            own.mkdir()
        case _:
            own.symlink_to("nowhere")
    catalogue = load_catalogue()
    assert len(catalogue.categories) == 9
    assert "catalogue.toml" in catalogue.problem
    (tmp_path / "a.csv").write_text("Id,Timestamp,WorkflowType\n1,2026-01-05T00:00:00Z,user:creation\n")
    table = read_exports([tmp_path / "a.csv"])
    (notice,) = [n for n in table.notices if n.code == "broken_catalogue"]
    assert str(own) in notice.message
    assert "Mend the file" in notice.message
    assert table.page([0], ["Category"]) == [["User Management"]]


def test_a_table_gives_every_event_a_category_and_loses_none():
    table = table_of([{"WorkflowType": "user:creation"}, {"WorkflowType": "x", "EventType": "y", "TargetType": "z"}])
    codes = table.codes("Category")
    assert [codes.value_of(code) for code in codes.codes] == ["User Management", "Uncategorised"]
