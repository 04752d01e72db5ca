"""The report of a review: one self-contained HTML page, for people who were not there."""

from auditviewer.core.report.build import SECTIONS, ReportChoices, Section, build_report

__all__ = ["SECTIONS", "ReportChoices", "Section", "build_report"]
