"""Public sets whose folders no general layout reads: one small file a set, its facts in `layouts/sets/`.

`matches` looks for the set's own files by name, at most three folders deep, and reads the heads of tables; it never
lists the whole tree, which may hold a million files. These are asked before the general layouts.
"""

from __future__ import annotations

from polyclinic.layouts.layout import Layout
from polyclinic.layouts.public import (
    biomedica,
    chest_imagenome,
    chestxray14,
    chexpert,
    ct_rate,
    derm7pt,
    fundus_grades,
    isic,
    medmnist,
    mimic_cxr,
    openi,
    padchest,
    path_vqa,
    pmc_vqa,
    quilt,
    roco,
    rsna_pneumonia,
    siim_pneumothorax,
    slake,
    vindr_cxr,
    vqa_med,
    vqa_rad,
)

SETS: tuple[Layout, ...] = (
    biomedica,
    chest_imagenome,
    chestxray14,
    chexpert,
    ct_rate,
    derm7pt,
    fundus_grades,
    isic,
    medmnist,
    mimic_cxr,
    openi,
    padchest,
    path_vqa,
    pmc_vqa,
    quilt,
    roco,
    rsna_pneumonia,
    siim_pneumothorax,
    slake,
    vindr_cxr,
    vqa_med,
    vqa_rad,
)
