"""The report of a review: one self-contained HTML page, for people who were not there."""

from auditviewer.core.report.build import SECTIONS, Section, build_report
from auditviewer.core.report.ground import ReportChoices, choices_as_json, choices_from_json

__all__ = ["SECTIONS", "ReportChoices", "Section", "build_report", "choices_as_json", "choices_from_json"]
