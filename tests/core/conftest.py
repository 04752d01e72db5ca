"""The ways in which the core does what compiled functions can do for it."""

from __future__ import annotations

import pytest

from auditviewer.core import native


@pytest.fixture(params=["compiled", "arrays"])
def way(request, monkeypatch):
    """Do it by the compiled functions, and once more without."""
    if request.param == "compiled" and not native.is_there():
        pytest.skip("built without a C compiler")
    monkeypatch.setattr(native, "is_there", lambda: request.param == "compiled")
    return request.param
