"""A page of HTML as PDF, on A4 with a running head and page numbers; nothing is loaded from anywhere."""

from __future__ import annotations

import base64
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from PySide6.QtCore import QByteArray, QMarginsF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from auditviewer.core.display import fit_to_show
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.writing.files import write_file

_DPI = 300
_HEAD_MM, _FOOT_MM = 8.0, 8.0
_IMAGE_SCALE = 4
_IMAGE_WIDTH = 660
"""In the 96ths of an inch that QTextDocument counts in, whatever the resolution of the paper."""
_LOW = 0.84
"""A heading that stands lower on its page than this starts the next page."""
_TIMES = 2
"""So often headings are moved: what moves one moves those after it."""
_PAGE_OF = "\ue0a0"
"""Stands in the contents where the number of a page belongs, until the pages are known; no text of a log keeps it."""
# QTextDocument knows little of CSS: fonts in points, distances in 96ths of an inch, and table borders of its own.
_STYLE = """
body { font-family: "Noto Sans", "DejaVu Sans", "Segoe UI", Helvetica, Arial; font-size: 9pt; color: #1f2937 }
h1 { font-size: 22pt; font-weight: 600; color: #16324a; margin-top: 120px; margin-bottom: 10px }
h2 { font-size: 15pt; font-weight: 600; color: #16324a; margin-bottom: 10px; page-break-before: always }
h3 { font-size: 10pt; font-weight: 600; color: #16324a; margin-top: 20px; margin-bottom: 4px }
p { margin-top: 0px; margin-bottom: 6px }
a { color: #16324a; text-decoration: none }
.lead { font-size: 11pt; color: #3b4a5a; margin-bottom: 12px }
.small { font-size: 8pt; color: #4b5563 }
.note { margin-left: 12px; margin-top: 4px }
th { font-weight: 600; font-size: 7.5pt; color: #3b4a5a; text-align: left; border-bottom: 1.5px solid #8093a5 }
td { font-size: 8pt; border-bottom: 1px solid #dde3ea }
.name { color: #4b5a69 }
.mono { font-family: "DejaVu Sans Mono", Consolas, monospace; font-size: 7pt }
.failure { color: #a3271f; font-weight: 600 }
.good { color: #226b41; font-weight: 600 }
.sign { font-weight: 600 }
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
    page = QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF(17, 14, 17, 14))
    page.setUnits(QPageLayout.Unit.Millimeter)
    page.setMargins(QMarginsF(17, 14, 17, 14))
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
    for _ in range(_TIMES):
        progress.check()
        if not _move_headings(document, body.height()):
            break
    _number_contents(document, body.height())
    painter = QPainter(writer)
    n_pages = document.pageCount()
    for number in range(n_pages):
        progress.report("printing", number, n_pages, "pages")
        if number:
            writer.newPage()
        painter.save()
        painter.translate(0, head - number * body.height())
        document.drawContents(painter, QRectF(0, number * body.height(), body.width(), body.height()))
        painter.restore()
        _paint_margins(painter, area, title, number, n_pages)
    painter.end()


def _paint_margins(painter: QPainter, area: QRectF, title: str, number: int, n_pages: int) -> None:
    """Paint the running head, which the first page lacks, and the number of the page."""
    mm = _DPI / 25.4
    small = QFont("DejaVu Sans")
    small.setPointSizeF(7.5)
    painter.setFont(small)
    painter.setPen(QColor("#5b6878"))
    if number:
        top = QRectF(0, 0, area.width(), 4.2 * mm)
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft, fit_to_show(title, 80))
        painter.drawText(top, Qt.AlignmentFlag.AlignRight, "Audit log review")
        painter.fillRect(QRectF(0, 4.8 * mm, area.width(), 0.15 * mm), QColor("#8093a5"))
    where = QRectF(0, area.height() - 4 * mm, area.width(), 4 * mm)
    corner = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
    painter.drawText(where, corner, f"Page {number + 1} of {n_pages}")


def _headings(document: QTextDocument) -> Iterator[tuple[QTextBlock, float, float]]:
    """Yield each heading below the first level, with where its text starts and ends from the top of the document."""
    layout, block = document.documentLayout(), document.begin()
    while block.isValid():
        if block.blockFormat().headingLevel() >= 2:
            bottom = layout.blockBoundingRect(block).bottom()
            yield block, bottom - block.layout().boundingRect().height(), bottom
        block = block.next()


def _move_headings(document: QTextDocument, page_px: float) -> bool:
    """Start a new page before a heading at the foot of a page; return whether there was one.

    What is moved moves all that follows, so that each is judged by where it comes to stand.
    """
    low, shift = [], 0.0
    for block, top, bottom in _headings(document):
        if _starts_page(block):
            shift = 0.0
            continue
        start, end = top + shift, bottom + shift
        if end % page_px > _LOW * page_px or start // page_px != (end - 1) // page_px:
            low.append(block)
            shift += page_px - start % page_px
    cursor = QTextCursor(document)
    cursor.beginEditBlock()
    for block in low:
        cursor.setPosition(block.position())
        wanted = block.blockFormat()
        wanted.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
        cursor.setBlockFormat(wanted)
    cursor.endEditBlock()
    return bool(low)


def _starts_page(block: QTextBlock) -> bool:
    return bool(block.blockFormat().pageBreakPolicy() & QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)


def _number_contents(document: QTextDocument, page_px: float) -> None:
    """Put the pages of the sections into the contents."""
    sections = [bottom for block, _, bottom in _headings(document) if block.blockFormat().headingLevel() == 2]
    editing = QTextCursor(document)
    editing.beginEditBlock()  # one layout for all of them
    cursor = QTextCursor(document)
    for bottom in sections:
        cursor = document.find(_PAGE_OF, cursor)
        if cursor.isNull():
            break
        cursor.insertText(str(int((bottom - 1) // page_px) + 1))
    editing.endEditBlock()


def for_qt(html: str, has_pages: bool = True) -> str:
    """Return the page with a style that QTextDocument understands, and places where long words may break.

    Where it ``has_pages``, the contents have a place for their numbers.
    """
    html = html.replace(_PAGE_OF, "\ufffd")
    html = re.sub(r"<style>.*?</style>", lambda _: f"<style>{_STYLE}</style>", html, count=1, flags=re.DOTALL)
    html = re.sub(r"<table( class=\"[a-z]+\")?>", f"<table\\1 {_TABLE}>", html)
    html = re.sub(r'<h2 id="[a-z]+" class="short"', '<h2 style="page-break-before: auto; margin-top: 32px"', html)
    html = html.replace("<img ", f'<img width="{_IMAGE_WIDTH}" ')
    html = html.replace('class="number page"></td>', f'class="number">{_PAGE_OF if has_pages else ""}</td>')
    # Qt 6.11 prints what follows a table close to it when the table's last cell is empty.
    html = html.replace("></td>", ">&nbsp;</td>")
    html = html.replace('class="number"', 'class="number" align="right"').replace('class="sign"', 'align="center"')
    return re.sub(r">([^<]+)<", lambda match: ">" + _breakable(match.group(1)) + "<", html)


_TABLE = 'width="100%" cellspacing="0" cellpadding="3" border="0" style="border-collapse: collapse"'


def _breakable(text: str) -> str:
    """Put a zero-width space into words too long for a column of a table; a PDF shows the same letters."""
    return re.sub(r"((?:&[a-z0-9#]+;|[^\s&]){32})(?=\S)", "\\1\u200b", text)
