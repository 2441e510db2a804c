"""Cells: fluorescence microscopy of a culture, one to eight stains in any order."""
