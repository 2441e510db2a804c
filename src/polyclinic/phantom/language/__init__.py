"""What is written about a phantom patient: reports and questions in English, Chinese and Arabic."""

from polyclinic.phantom.language.questions import ask_questions
from polyclinic.phantom.language.report import write_report

__all__ = ["ask_questions", "write_report"]
