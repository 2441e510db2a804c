"""Colonoscopy: the wall of the bowel with polyps and what may be taken for them."""
