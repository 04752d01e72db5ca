"""How it looks and listens; all of Qt. `session.Session` is the one owner of change; panes never know each other."""

from auditviewer.gui.plain_imports import keep_sources_unread

keep_sources_unread()
