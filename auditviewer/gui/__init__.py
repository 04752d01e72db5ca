"""How it looks and listens; all of Qt. `session.Session` is the one owner of change; panes never know each other."""
