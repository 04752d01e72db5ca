"""What the tool knows: reading, querying, diffing, writing. No Qt, no printing, no clock unless passed in."""
