"""Polyclinic: published systems of biomedical vision-language AI, side by side in one toolkit.

Research software, not a medical device.
"""

__version__ = "0.1.0"
