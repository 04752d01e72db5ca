"""The review in the window: its pane, and what carries out its commands."""
