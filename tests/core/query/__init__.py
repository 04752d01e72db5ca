"""Tests of asking: search, filters, facets, orders."""
