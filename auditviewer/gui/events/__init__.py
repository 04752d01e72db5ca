"""The table of events: its pane, and the first rows that show before there is a pane."""
