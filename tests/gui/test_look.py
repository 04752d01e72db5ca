"""Themes: every colour that text is written in can be read on every background that it stands on (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QPalette

from auditviewer.core.catalogue import load_catalogue
from auditviewer.core.step_status import StepStatus
from auditviewer.gui.icons import icon
from auditviewer.gui.look import Theme, apply_theme, colours_of, contrast, is_dark, palette_of, surface_of
from auditviewer.gui.widgets.elided_label import ElidedLabel
from auditviewer.gui.widgets.status_marks import mark_pixmap

SURFACES = [surface_of(theme) for theme in (Theme.LIGHT, Theme.DARK, Theme.CONTRAST)]
ROLE = QPalette.ColorRole


@pytest.mark.parametrize("surface", SURFACES)
def test_text_can_be_read_on_every_background(qapp, surface):
    palette = palette_of(surface)
    colours = colours_of(palette)
    backgrounds = [palette.color(ROLE.Base).name(), palette.color(ROLE.AlternateBase).name(), colours.selection]
    for name, colour in colours.text_colours.items():
        for background in backgrounds:
            assert contrast(colour, background) >= 4.5, (surface, name, colour, background)
    for text, background in (
        (ROLE.WindowText, ROLE.Window), (ROLE.Text, ROLE.Base), (ROLE.ButtonText, ROLE.Button),
        (ROLE.HighlightedText, ROLE.Highlight), (ROLE.ToolTipText, ROLE.ToolTipBase),
    ):  # fmt: skip
        assert contrast(palette.color(text), palette.color(background)) >= 4.5, (surface, text)


@pytest.mark.parametrize("surface", SURFACES)
def test_each_category_has_a_colour_of_its_own(qapp, surface):
    colours = colours_of(palette_of(surface))
    names = load_catalogue().categories
    used = {colours.of_category(index) for index in range(len(names) + 1)}
    assert len(used) == min(len(names) + 1, len(colours.categories))


@pytest.mark.parametrize("surface", SURFACES)
def test_a_status_is_told_by_its_mark_without_colour(qapp, surface):
    shapes, ground = set(), palette_of(surface).color(ROLE.Base)
    for status in StepStatus:
        picture = mark_pixmap(status, palette_of(surface), 16, 1.0).toImage()
        colours = [picture.pixelColor(x, y) for y in range(16) for x in range(16)]
        shapes.add(tuple(c.alpha() > 128 and contrast(c, ground) > 2 for c in colours))
    assert len(shapes) == len(StepStatus)


@pytest.mark.parametrize(("theme", "dark"), [(Theme.LIGHT, False), (Theme.DARK, True)])
def test_the_window_takes_a_theme_at_once(window, qapp, theme, dark):
    window.set_theme(theme)
    assert is_dark(window.palette()) is dark
    assert window.settings.theme == theme
    checked = [action.data() for action in window.menus.themes.actions() if action.isChecked()]
    assert checked == [str(theme)]
    centre = window.grab().toImage().pixelColor(window.width() // 2, window.height() - 60)
    assert (centre.lightness() < 128) is dark
    window.set_theme(Theme.LIGHT)


def test_icons_take_the_colours_of_the_theme(qapp):
    apply_theme(qapp, Theme.DARK)
    dark = icon("open").pixmap(16).toImage()
    apply_theme(qapp, Theme.LIGHT)
    assert icon("open").pixmap(16).toImage() != dark


def test_a_label_that_is_too_narrow_cuts_its_text_and_tells_it_in_its_tip(qtbot):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText("2 steps in 1.8 s, <b>succeeded</b>")
    label.resize(60, 20)
    label.show()
    assert label.shown != label.text() and label.shown.endswith("…")
    assert "&lt;b&gt;succeeded&lt;/b&gt;" in label.toolTip()
    label.resize(600, 20)
    assert label.shown == label.text() and label.toolTip() == ""
    assert label.minimumSizeHint().width() < 60
