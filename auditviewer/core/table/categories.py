"""The category of every event as codes: each combination of types that the log has is classified once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from auditviewer.core.catalogue import Catalogue
from auditviewer.core.codes import Codes, distinct


def category_codes(catalogue: Catalogue, types: Sequence[Codes]) -> Codes:
    """Return the categories' labels as codes.

    Parameters
    ----------
    types
        The columns WorkflowType, EventType and TargetType.
    """
    workflows, events, targets = types
    combined = np.zeros(len(workflows.codes), dtype=np.int64)
    for column in types:
        combined = combined * len(column) + column.codes
    present, inverse = distinct(combined, int(np.prod([len(column) for column in types])))
    of_combination = np.zeros(len(present), dtype=np.uint8)
    for i, key in enumerate(present.tolist()):
        key, target = divmod(key, len(targets))
        workflow, event = divmod(key, len(events))
        found = catalogue.classify(workflows.value_of(workflow), events.value_of(event), targets.value_of(target))
        of_combination[i] = found.category_index + 1
    # Code 0 is kept for "missing" as everywhere; no event has it, since what nothing matches is Uncategorised.
    names = tuple(category.label for category in catalogue.categories)
    return Codes(of_combination[inverse], pa.array([None, *names], pa.large_string()))
