"""A page of HTML as PDF, on A4 with a running head and page numbers; nothing is loaded from anywhere."""

from __future__ import annotations

import base64
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from PySide6.QtCore import QByteArray, QMarginsF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QFont,
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from auditviewer.core.display import fit_to_show
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.writing.files import write_file

_DPI = 300
_HEAD_MM, _FOOT_MM = 8.0, 8.0
_IMAGE_SCALE = 3
_IMAGE_WIDTH = 660
"""In the 96ths of an inch that QTextDocument counts in, whatever the resolution of the paper."""
# QTextDocument knows little of CSS: fonts in points, distances in 96ths of an inch, and table borders of its own.
_STYLE = """
body { font-family: "DejaVu Sans", "Segoe UI", Helvetica, Arial; font-size: 9pt; color: #1f2937 }
h1 { font-size: 20pt; font-weight: 600; color: #16324a; margin-bottom: 4px }
h2 { font-size: 13pt; font-weight: 600; color: #16324a; margin-top: 0px; margin-bottom: 8px; page-break-before: always }
h3 { font-size: 10pt; font-weight: 600; margin-top: 18px; margin-bottom: 3px }
p { margin-top: 0px; margin-bottom: 6px }
.lead, .small { color: #4b5563 }
.small { font-size: 8pt }
th { background-color: #eef2f6; font-weight: 600; font-size: 8pt; text-align: left }
td { font-size: 8pt; border-bottom: 1px solid #dde3ea }
.mono { font-family: "DejaVu Sans Mono", Consolas, monospace; font-size: 7pt }
.failure { color: #a3271f }
.good { color: #226b41 }
"""


class PageDocument(QTextDocument):
    """A document whose pictures stand in it as data; anything else is not loaded."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        address = name.toString() if isinstance(name, QUrl) else name
        if not address.startswith("data:image/svg+xml;base64,"):
            return QImage()
        renderer = QSvgRenderer(QByteArray(base64.b64decode(address.partition(",")[2])))
        image = QImage(renderer.defaultSize() * _IMAGE_SCALE, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        return image


def write_pdf(
    path: Path, html: str, title: str, sources: tuple[str, ...] = (), progress: Progress = SILENT
) -> tuple[int, str]:
    """Write a report's HTML as PDF; return its size in bytes and SHA-256.

    Raises
    ------
    NotWrittenError
        It cannot be written; what stood there is as it was.
    Cancelled
        The user asked to stop.
    """

    def write(out: BinaryIO) -> None:
        with tempfile.TemporaryDirectory(prefix="auditviewer-pdf-") as folder:
            name = os.path.join(folder, "report.pdf")
            _print(name, html, title, progress)
            out.write(Path(name).read_bytes())

    _ = QGuiApplication.instance() or _application()
    return write_file(path, write, sources)


def _application() -> QApplication:
    """Return an application without a display, for the command line."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    global _kept
    _kept = QApplication(["auditviewer"])
    return _kept


_kept: QApplication | None = None


def _print(name: str, html: str, title: str, progress: Progress) -> None:
    writer = QPdfWriter(name)
    writer.setResolution(_DPI)
    writer.setTitle(title)
    writer.setCreator("auditviewer")
    page = QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF(16, 14, 16, 14))
    page.setUnits(QPageLayout.Unit.Millimeter)
    page.setMargins(QMarginsF(16, 14, 16, 14))
    writer.setPageLayout(page)
    mm = _DPI / 25.4
    area = QRectF(0, 0, writer.width(), writer.height())
    head, foot = _HEAD_MM * mm, _FOOT_MM * mm
    body = QSizeF(area.width(), area.height() - head - foot)
    document = PageDocument()
    document.documentLayout().setPaintDevice(writer)
    document.setDocumentMargin(0)
    document.setPageSize(body)
    document.setHtml(for_qt(html))
    painter = QPainter(writer)
    small = QFont("DejaVu Sans")
    small.setPointSizeF(7.5)
    n_pages = document.pageCount()
    for number in range(n_pages):
        progress.report("printing", number, n_pages, "pages")
        if number:
            writer.newPage()
        painter.save()
        painter.translate(0, head - number * body.height())
        document.drawContents(painter, QRectF(0, number * body.height(), body.width(), body.height()))
        painter.restore()
        painter.setFont(small)
        painter.setPen(Qt.GlobalColor.darkGray)
        if number:
            painter.drawText(QRectF(0, 0, area.width(), head), Qt.AlignmentFlag.AlignLeft, fit_to_show(title, 90))
        where = QRectF(0, area.height() - foot * 0.5, area.width(), foot * 0.5)
        painter.drawText(where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, f"{number + 1} / {n_pages}")
    painter.end()


def for_qt(html: str) -> str:
    """Return the page with a style that QTextDocument understands, and places where long words may break."""
    html = re.sub(r"<style>.*?</style>", lambda _: f"<style>{_STYLE}</style>", html, count=1, flags=re.DOTALL)
    html = html.replace(
        "<table>", '<table width="100%" cellspacing="0" cellpadding="3" border="0" style="border-collapse: collapse">'
    )
    html = html.replace("<img ", f'<img width="{_IMAGE_WIDTH}" ')
    first, heading, rest = html.partition("<h2 ")
    html = first + '<h2 style="page-break-before: auto; margin-top: 16px" ' + rest if heading else html
    html = html.replace('class="number"', 'class="number" align="right"')
    return re.sub(r">([^<]+)<", lambda match: ">" + _breakable(match.group(1)) + "<", html)


def _breakable(text: str) -> str:
    """Put a zero-width space into words too long for a column of a table; a PDF shows the same letters."""
    return re.sub(r"((?:&[a-z0-9#]+;|[^\s&]){32})(?=\S)", "\\1\u200b", text)
