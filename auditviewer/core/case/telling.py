"""Acts of a case in words: for its journal, and to say what was undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from auditviewer.core.case.acts import Act
from auditviewer.core.case.target_set import TargetSet, describe_targets

Data = dict[str, Any]


def describe_act(act: Act) -> str:
    """Return in one sentence what an act did; its kind alone where its data cannot be understood."""
    tell = _TOLD.get(act.kind)
    try:
        return act.kind if tell is None else tell(act.data)
    except (KeyError, TypeError, ValueError, AttributeError):
        return act.kind


def _on(data: Data) -> str:
    if "records" in data:  # said without looking at each of half a million
        others = TargetSet.from_data({"targets": data["targets"]})
        return f"{data['count']:,} events" + (f" and {describe_targets(others)}" if others else "")
    return describe_targets(TargetSet.from_data(data))


def _review(data: Data) -> str:
    reason = f": {data['reason']}" if data.get("reason") else ""
    return f"{data['state']}: {_on(data)}{reason}"


def _tag(data: Data) -> str:
    return f"tag “{data['name']}” {'off' if data.get('removed') else 'on'} {_on(data)}"


def _finding(data: Data) -> str:
    return f"finding “{data['title']}” recorded"


def _decide(data: Data) -> str:
    reason = f": {data['reason']}" if data.get("reason") else ""
    return f"finding “{data['title']}” {data['decision']}{reason}"


def _sample(data: Data) -> str:
    return (
        f"sample “{data['name']}”: {data['size']:,} of {data['population']:,}, {data['method']}, seed “{data['seed']}”"
    )


def _result(data: Data) -> str:
    note = f": {data['note']}" if data.get("note") else ""
    return f"item {data['item']:,} of sample “{data['name']}”: {data['result']}{note}"


def _import(data: Data) -> str:
    return f"took in {data['case']}; {len(data['conflicts']):,} conflicts"


_TOLD: dict[str, Callable[[Data], str]] = {
    "create": lambda data: f"case “{data['title']}” made",
    "open": lambda data: "opened " + ", ".join(PurePath(source["path"]).name for source in data["sources"][:5]),
    "period": lambda data: "stated " + ", ".join(f"{name} {text}" for name, text in data.items() if text),
    "define-tag": lambda data: f"tag “{data['name']}” defined" + (f", key {data['key']}" if data.get("key") else ""),
    "tag": _tag,
    "note": lambda data: f"note on {_on(data)}: {data['text']}",
    "review": _review,
    "sign-off": lambda data: f"signed off {_on(data)}",
    "view": lambda data: f"view “{data['name']}” {'removed' if data.get('removed') else 'saved'}",
    "finding": _finding,
    "decide": _decide,
    "sample": _sample,
    "result": _result,
    "filter": lambda data: f"{data['events']:,} events shown: {data['query_in_words']}",
    "export": lambda data: f"wrote {data['file']}, {data['events']:,} events",
    "package": lambda data: f"packaged {data['file']}, seal {data['seal']}",
    "report": lambda data: f"reported {data['file']}",
    "verify": lambda data: f"verified {data['file']}: {'holds' if data['holds'] else 'does not hold'}",
    "recheck": lambda data: f"ran {len(data['results']):,} findings again",
    "import": _import,
    "undo": lambda data: f"undid act {data['number']:,}",
    "redo": lambda data: f"did act {data['number']:,} again",
}
"""Kind of act to what says its data in words."""
