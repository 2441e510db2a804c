"""Search as a classifier: labelled images whose nearest neighbours judge a new one, and are shown as the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyclinic.bodies.dual_encoder.outlook import presence
from polyclinic.errors import UsageError
from polyclinic.metrics.bootstrap import Floats, Interval
from polyclinic.metrics.classification import auroc
from polyclinic.metrics.neighbours import nearest, nearest_vote
from polyclinic.metrics.operating import OperatingPoint, group_gap, operating_point
from polyclinic.study import Study
from polyclinic.verbs import Embeds, Vectors


@dataclass(frozen=True)
class Neighbour:
    """A labelled image that speaks for a judgement.

    Args:
        study: its id.
        similarity: cosine with the image that is judged.
        shows: which of the bank's names are known to be there.
    """

    study: str
    similarity: float
    shows: tuple[str, ...]


@dataclass(frozen=True)
class Bank:
    """Labelled images as vectors.

    Args:
        studies: their ids.
        names: findings that they are labelled for.
        vectors_NE: of unit length.
        known_NK: 1 there, 0 not, NaN unknown.
        k: how many neighbours judge.
    """

    studies: tuple[str, ...]
    names: tuple[str, ...]
    vectors_NE: Vectors
    known_NK: Floats
    k: int = 20

    @classmethod
    def of(cls, model: Embeds, studies: Sequence[Study], names: Sequence[str], *, k: int = 20) -> Bank:
        """The bank of some Studies.

        Raises:
            UsageError: there is none, or no name.
            ReadError: an image cannot be read.
        """
        if not studies or not names or k < 1:
            raise UsageError(
                f"a bank needs studies, names and neighbours, got {len(studies)}, {len(names)} and {k}",
                hint="give labelled studies and the findings to look for",
            )
        ids = tuple(study.id for study in studies)
        return cls(ids, tuple(names), model.embed_images(studies), presence(studies, names), k)

    def scores(self, vectors_ME: Vectors) -> Floats:
        """(M, K): the neighbours' votes, weighted by their similarity, so that there is a score for every cut."""
        return nearest_vote(self.vectors_NE, self.known_NK, vectors_ME, k=self.k)

    def evidence(self, vectors_ME: Vectors) -> list[list[Neighbour]]:
        """The neighbours of each image, the most similar first."""
        places_MQ, similarity_MQ = nearest(self.vectors_NE, vectors_ME, self.k)
        return [
            [
                Neighbour(self.studies[i], float(s), tuple(np.array(self.names)[self.known_NK[i] == 1].tolist()))
                for i, s in zip(places, near, strict=True)
            ]
            for places, near in zip(places_MQ, similarity_MQ, strict=True)
        ]

    def points(
        self, vectors_ME: Vectors, known_MK: NDArray[np.float64], *, sensitivity: float
    ) -> Mapping[str, OperatingPoint]:
        """For each name the cut that reaches a sensitivity on validation images; names they cannot tell are left out.

        Args:
            known_MK: what is known of the validation images.

        Raises:
            UsageError: the sensitivity is not between 0 and 1.
        """
        scores_MK = self.scores(vectors_ME)
        there_MK = ~np.isnan(known_MK) & ~np.isnan(scores_MK)
        asked = {name: there_MK[:, i] for i, name in enumerate(self.names)}
        return {
            name: operating_point(known_MK[there, i] == 1, scores_MK[there, i], sensitivity=sensitivity)
            for i, (name, there) in enumerate(asked.items())
            if len(np.unique(known_MK[there, i])) == 2
        }

    def gap(
        self, vectors_ME: Vectors, known_M: NDArray[np.float64], name: str, groups: Sequence[str | None]
    ) -> tuple[dict[str, float], Interval]:
        """AUROC of one name in each group (of age, of sex ...), and the widest difference between two of them.

        Args:
            known_M: what is known of the images, each taken as a subject of its own.
            groups: of the images; None leaves one out.

        Raises:
            UsageError: the bank has no such name.
        """
        if name not in self.names:
            raise UsageError(f"the bank has no labels for {name!r}", hint=f"it has {', '.join(self.names)}")
        scores_M = self.scores(vectors_ME)[:, self.names.index(name)]
        there: list[int] = np.flatnonzero(~np.isnan(known_M) & ~np.isnan(scores_M)).tolist()
        truth, scores = known_M[there] == 1, scores_M[there]
        subjects = [str(i) for i in there]
        return group_gap([groups[i] for i in there], subjects, lambda weights: auroc(truth, scores, weights))
