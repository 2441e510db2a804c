"""Histology: sections stained with haematoxylin and eosin, with tumour and what else befalls a tissue."""
