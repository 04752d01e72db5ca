"""Evidence packages: what was examined and what it gave, for somebody who trusts neither the reviewer nor us."""
