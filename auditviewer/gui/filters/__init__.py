"""Filters: the pane of facets and times, the search bar, and the chips of what is active."""

from auditviewer.gui.filters.chip_bar import ChipBar
from auditviewer.gui.filters.pane import FilterPane
from auditviewer.gui.filters.search_bar import SearchBar

__all__ = ["ChipBar", "FilterPane", "SearchBar"]
