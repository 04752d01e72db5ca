"""One change with its values as they stand in the source, letter by letter."""

from __future__ import annotations

from typing import NamedTuple

from auditviewer.core.json_text import first_character, parse_json, spans_inside
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.state_diff import MISSING, DiffNode, Kind, StateSide, changed_nodes, diff_states


class SourceChange(NamedTuple):
    """One change of a state: where, what became of it, and the JSON source text before and after.

    ``pointer`` (RFC 6901) is where it stands now or, when it was removed, where it stood; ``original_pointer`` is where
    it stood in the original state. ``before`` is None for what was added, ``after`` for what was removed. Of a state
    that is JSON inside a JSON string, the text is that inside the string.
    """

    pointer: str
    kind: Kind
    before: str | None
    after: str | None
    original_pointer: str | None


class NotComparedError(ValueError):
    """A state is not JSON; the sentences say which, and why."""


def careful_changes(original: str | None, updated: str | None, progress: Progress = SILENT) -> tuple[SourceChange, ...]:
    """Return the changes that the diff of the two states tells, with source texts.

    Raises
    ------
    NotComparedError
        A side is not JSON.
    """
    diff = diff_states(original, updated, progress)
    if diff.has_error:
        raise NotComparedError(" ".join(diff.notes))
    before, after = _SourceTexts(diff.original, False), _SourceTexts(diff.updated, True)
    return tuple(
        SourceChange(
            node.pointer,
            Kind.MOVED if node.is_moved else node.kind,
            before.text_of(node),
            after.text_of(node),
            node.original_pointer,
        )
        for node in changed_nodes(diff)
    )


class _SourceTexts:
    """Finds where the paths of one side of a diff stand in its text; looks only at what it is asked for."""

    def __init__(self, side: StateSide, is_updated: bool) -> None:
        text = side.text or ""
        for _ in range(side.layers):
            text = str(parse_json(text))
        self._text = text
        self._is_updated = is_updated
        self._inside: dict[int, dict[tuple[str | None, int], tuple[int, int]]] = {}

    def text_of(self, node: DiffNode) -> str | None:
        """Return the source text of the path, None when this side has none."""
        if (node.updated if self._is_updated else node.original) is MISSING:
            return None
        start = first_character(self._text)
        end = len(self._text.rstrip(" \t\r\n"))
        for step in self._steps_to(node):
            start, end = self._places_in(start)[step]
        return self._text[start:end]

    def _steps_to(self, node: DiffNode) -> list[tuple[str | None, int]]:
        """Return what leads to the path: (key, which of the equal keys) or (None, index)."""
        steps: list[tuple[str | None, int]] = []
        at: DiffNode | None = node
        while at is not None and at.parent is not None:
            index = at.updated_index if self._is_updated else at.original_index
            steps.append((at.key, at.occurrence) if index is None else (None, index))
            at = at.parent
        return steps[::-1]

    def _places_in(self, start: int) -> dict[tuple[str | None, int], tuple[int, int]]:
        found = self._inside.get(start)
        if found is None:
            found = self._inside[start] = {}
            seen: dict[str | None, int] = {None: -1}
            for key, first, end in spans_inside(self._text, start):
                seen[key] = nth = seen.get(key, 0) + 1
                found[(key, nth)] = (first, end)
        return found
