"""Filters: the pane of facets and times, the search bar, and the chips of what is active."""
