"""How far annotators agree on each label: Cohen's kappa of two, Fleiss' kappa of any number of them.

Answers are (A, n, L) int8: of A annotators about n texts, 1 yes, 0 no, -1 not known or not asked. 1 is
perfect agreement, 0 what chance gives, less is worse than that; what cannot be computed is nan. A label that
is rare may have a low kappa although nearly all answers agree: look at both.
"""

from dataclasses import dataclass

import numpy as np

from text_al.types import FloatArray, IntArray, TargetArray


@dataclass(frozen=True)
class LabelAgreement:
    """How far annotators agree on each label.

    Attributes:
        n_texts: (L,) texts on which two or more decided.
        observed: (L,) in [0, 1], the share of pairs of answers that agree; nan without texts.
        kappa: (L,) at most 1; nan without texts, or where all say the same, which chance explains as well.
    """

    n_texts: IntArray
    observed: FloatArray
    kappa: FloatArray


def fleiss_kappa(answers: TargetArray) -> LabelAgreement:
    """Fleiss' kappa on each label, for any number of answers a text; every text has the same weight.

    Args:
        answers: (A, n, L).

    Source: Fleiss (1971), Measuring nominal scale agreement among many raters; for numbers of answers that
    vary, Gwet (2014), Handbook of Inter-Rater Reliability, section 2.3.
    """
    yes, answered = (answers == 1).sum(axis=0), (answers != -1).sum(axis=0)
    several = answered >= 2
    m = np.where(several, answered, 2)
    pairs_alike = (yes * (yes - 1) + (m - yes) * (m - yes - 1)) / (m * (m - 1))
    n_texts = several.sum(axis=0)
    observed = _share(np.where(several, pairs_alike, 0).sum(axis=0), n_texts)
    share = _share(np.where(several, yes / m, 0).sum(axis=0), n_texts)
    return LabelAgreement(n_texts, observed, _kappa(observed, share**2 + (1 - share) ** 2))


def cohen_kappa(first: TargetArray, second: TargetArray) -> LabelAgreement:
    """Cohen's kappa of two annotators on each label, over texts on which both decided.

    Args:
        first: (n, L).
        second: (n, L) of the same texts.

    Source: Cohen (1960), A coefficient of agreement for nominal scales.
    """
    both = (first != -1) & (second != -1)
    n_texts = both.sum(axis=0)
    observed = _share((both & (first == second)).sum(axis=0), n_texts)
    one, other = (_share((both & (answer == 1)).sum(axis=0), n_texts) for answer in (first, second))
    return LabelAgreement(n_texts, observed, _kappa(observed, one * other + (1 - one) * (1 - other)))


def _share(part: IntArray | FloatArray, whole: IntArray) -> FloatArray:
    found: FloatArray = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return found


def _kappa(observed: FloatArray, expected: FloatArray) -> FloatArray:
    # 1e-12: shares such as 2/3 + 1/3 need not add up to 1 exactly
    defined = expected < 1 - 1e-12
    found: FloatArray = np.divide(
        observed - expected, 1 - expected, out=np.full(len(observed), np.nan), where=defined
    )
    return found
