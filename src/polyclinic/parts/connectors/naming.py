"""Words that name a concept bring along what was seen of it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SHARPNESS, THRESHOLD = 10.0, 4.0


class NamingConnector(nn.Module):
    """Adds to each word the evidence of the concept whose name it is like.

    A language model that is read from scratch has to find out that the word `nodule` in a question and the
    evidence token of `nodule` belong together. Here likeness of embeddings says so from the first step, and
    training teaches the synonyms.

    Args:
        width: of words and names.
        width_evidence: of the concepts' evidence.

    Source:
        The attention of arXiv 1706.03762, section 3.2.1, on unit vectors. Differs: query and key share one
        projection that starts as the identity, and words that are like no name attend to nothing.
    """

    def __init__(self, *, width: int, width_evidence: int) -> None:
        super().__init__()
        self.compare = nn.Linear(width, width, bias=False)
        nn.init.eye_(self.compare.weight)
        self.evidence = nn.Linear(width_evidence, width)
        self.sharpness = nn.Parameter(torch.tensor(SHARPNESS))
        self.threshold = nn.Parameter(torch.tensor(THRESHOLD))

    def forward(self, words_BLE: Tensor, names_KE: Tensor, evidence_BKE: Tensor, sees_BL: Tensor) -> Tensor:
        """Words of the same shape.

        Args:
            names_KE: the concepts' names, embedded as the words are.
            sees_BL: which words may see the image.
        """
        names_KE = F.normalize(self.compare(names_KE), dim=-1)
        like_BLK = self.sharpness * F.normalize(self.compare(words_BLE), dim=-1) @ names_KE.T
        none_BL1 = self.threshold.expand(*like_BLK.shape[:2], 1)
        share_BLK = torch.cat([like_BLK, none_BL1], dim=-1).softmax(-1)[..., :-1]
        return words_BLE + (share_BLK * sees_BL[..., None]) @ self.evidence(evidence_BKE)
