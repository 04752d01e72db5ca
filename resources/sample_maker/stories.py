"""The stories that stand in the sample export, to be found; the README beside this file tells them."""

from __future__ import annotations

import copy
from collections.abc import Callable

from tenant import DEPLOYER, K1, MAINTENANCE, Entity, Tenant

At = Callable[[int, int, str], int]
SECOND = 10_000_000


def log_stories(tenant: Tenant, at: At) -> None:
    """Log all of them."""
    _a_deletion_that_failed_and_was_retried(tenant, at)
    _a_policy_changed_at_night_and_back_in_the_morning(tenant, at)
    _a_burst_of_failed_logins(tenant, at)
    _a_restore_that_never_ended(tenant, at)
    _a_sync_that_fails_for_a_week(tenant, at)


def _a_deletion_that_failed_and_was_retried(tenant: Tenant, at: At) -> None:
    admin = tenant.identity(tenant.person("hana"))
    leaver = tenant.make("user", "oskar.lindqvist@harbour.example.com")
    tokens = [tenant.make("deploymentToken", f"rollout Oskar {number}") for number in (1, 2)]
    tenant.log(
        "User Deletion", at(2, 11, "10:02"), admin, leaver, "failure", original=leaver.state,
        custom={"requestId": "retry-0", "ownedTokens": [token.id for token in tokens]},
        reason="the user owns 2 deployment tokens",
    )  # fmt: skip
    for token, clock in zip(tokens, ("10:07", "10:08"), strict=True):
        tenant.log("Token Deletion", at(2, 11, clock), admin, token, original=token.state)
        tenant.entities["deploymentToken"].remove(token)
    custom = {"requestId": "retry-1", "ownedTokens": []}
    tenant.log("User Deletion", at(2, 11, "10:15"), admin, leaver, original=leaver.state, custom=custom)
    tenant.entities["user"].remove(leaver)


def _a_policy_changed_at_night_and_back_in_the_morning(tenant: Tenant, at: At) -> None:
    policy = tenant.make("ebpPolicy", "Servers – nightly (legal hold)")
    server = tenant.make("epbAsset", "SRV-0042")
    server.state |= {"hostname": "SRV-0042", "policyId": policy.id, "storageUsedBytes": 871_878_361_088}
    before = copy.deepcopy(policy.state)
    short = copy.deepcopy(before)
    short["retention"]["daily"] = 3
    shrunk = server.state | {"storageUsedBytes": 103_079_215_104}
    quiet = {"channel": "api", "comment": ""}
    tenant.log("Asset Upsert", at(3, 13, "03:10"), DEPLOYER, server, updated=server.state)
    tenant.log("Policy Update", at(3, 14, "02:37"), MAINTENANCE, policy, original=before, updated=short, custom=quiet)
    tenant.log("Asset Upsert", at(3, 14, "03:10"), DEPLOYER, server, updated=shrunk)
    tenant.log("Policy Update", at(3, 14, "06:58"), MAINTENANCE, policy, original=short, updated=before, custom=quiet)
    for kept, type_ in ((policy, "ebpPolicy"), (server, "epbAsset")):
        tenant.entities[type_].remove(kept)


def _a_burst_of_failed_logins(tenant: Tenant, at: At) -> None:
    victim, stranger = tenant.person("elif"), "198.51.100.77"
    me, when = tenant.identity(victim), at(2, 23, "03:12")
    custom = {"sourceIp": stranger, "authenticationMethod": "password", "userAgent": "python-requests/2.32"}
    for attempt in range(1, 24):
        given = custom | {"attempt": attempt}
        tenant.log(
            "Email/Password Login", when, me, victim, "failure", custom=given, reason="wrong password", gap_s=0.2
        )
        when += int(tenant.dice.between(6, 12) * SECOND)
    session = custom | {"attempt": 24, "sessionId": tenant.dice.uuid()}
    when = tenant.log("Email/Password Login", when, me, victim, custom=session, without="2fa")
    before = copy.deepcopy(victim.state)
    before["twoFactor"] = {"enabled": False, "method": None}
    after = copy.deepcopy(before)
    after["twoFactor"] = {"enabled": True, "method": "totp"}
    tenant.log("User Update", when + 95 * SECOND, me, victim, original=before, updated=after, custom=custom)
    token = tenant.make("deploymentToken", "rollout temp")
    tenant.log("Token Creation", when + 301 * SECOND, me, token, updated=token.state, custom=custom)
    victim.state = after


def _a_restore_that_never_ended(tenant: Tenant, at: At) -> None:
    restore = _remade(tenant, "SRV-0007 – Finance/2025")
    by = tenant.identity(tenant.person("daan"))
    custom = {
        "endpoint": "SRV-0007",
        "path": "D:\\Finance\\2025",
        "restoreType": "alternate",
        "bytesTotal": 48_318_382_080,
    }
    tenant.log("Restore Upsert", at(1, 29, "16:38"), by, restore, updated=restore.state, custom=custom)
    tenant.log("File-Level Recovery", at(1, 29, "16:40"), by, restore, "unfinished", custom=custom, gap_s=40)


def _remade(tenant: Tenant, name: str) -> Entity:
    made = tenant.make("epbRestore", name)
    made.state["restoreType"] = "alternate"
    return made


def _a_sync_that_fails_for_a_week(tenant: Tenant, at: At) -> None:
    groups = tenant.make("cooperbotK1AccessGroups", "K1 access groups of Harbour Logistics")
    for day in range(90):
        month, of_month = (1, day + 1) if day < 31 else (2, day - 30) if day < 59 else (3, day - 58)
        outcome, reason = "success", ""
        if month == 3 and 2 <= of_month <= 9:
            outcome, reason = "warning", "3 of 5 groups synced, 2 are unknown to K1"
        if month == 3 and of_month in (5, 6):
            outcome, reason = "failure", "K1 did not answer within 30 s"
        custom = {"attempt": 1, "groups": [{"id": f"k1-{n:04d}", "name": f"Access {n}"} for n in range(1, 6)]}
        tenant.log(
            "K1 Access Groups Sync", at(month, of_month, "05:00"), K1, groups, outcome, custom=custom, reason=reason
        )
    tenant.entities["cooperbotK1AccessGroups"].remove(groups)
