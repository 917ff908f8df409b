"""The cases: what is measured beside what, on how many texts, and what it should come to."""

from dataclasses import dataclass

from tests.benchmarks.strategy_speed.inputs import Shape
from tests.benchmarks.strategy_speed.paths import (
    Path,
    function_of,
    ours,
    reading,
    scikit_activeml_coreset,
    small_text_coreset,
    small_text_cvirs,
    small_text_entropy,
)
from text_al.strategies import STRATEGIES

THOUSAND, MILLION = 1_000, 1_000_000


@dataclass(frozen=True)
class Case:
    """One table.

    Attributes:
        says: what is measured, and the aim.
        shape: of the input.
        sizes: N, rising.
        paths: what is measured on the same input.
        base: the path whose time the ratios are told in; None: no ratios.
        repetitions: rounds in each of which every path has a process of its own; long calls have one.
    """

    says: str
    shape: Shape
    sizes: tuple[int, ...]
    paths: tuple[Path, ...]
    base: str | None = "ours"
    repetitions: int = 5


CASES = {
    "entropy": Case(
        "Entropy: ours sums each label's, small-text's `PredictionEntropy` is one over all labels. "
        "Aim: at least 50 times small-text's speed.",
        Shape(),
        (10 * THOUSAND, 100 * THOUSAND, MILLION),
        (ours("multilabel_entropy", shown="ours"), small_text_entropy()),
    ),
    "k_center": Case(
        "K-center, batches of 50, 100 labelled, 384 numbers a text. Aim: at least 100 times the speed of "
        "small-text's `greedy_coreset`, and no slower than scikit-activeml's `CoreSet`.",
        Shape(n_labelled=100),
        (THOUSAND, 10 * THOUSAND, 100 * THOUSAND, MILLION),
        (ours("k_center", shown="ours"), small_text_coreset(), scikit_activeml_coreset()),
    ),
    "cvirs": Case(
        "CVIRS, 500 labelled; small-text's `CategoryVectorInconsistencyAndRanking`. "
        "Aim: at least 20 times its speed.",
        Shape(),
        (THOUSAND, 10 * THOUSAND, 100 * THOUSAND, MILLION),
        (ours("cvirs", shown="ours"), small_text_cvirs()),
    ),
    "cvirs_many": Case(
        "CVIRS, 500 labelled, where 4.4 labels a text are predicted, so that nearly no two sets are alike: "
        "more work for ours, the same for small-text's.",
        Shape(mean_logit=-2),
        (THOUSAND, 10 * THOUSAND, 100 * THOUSAND),
        (ours("cvirs", shown="ours"), small_text_cvirs()),
    ),
    "margin": Case(
        "Summed margins beside reading the probabilities once. Aim: within 3 times that.",
        Shape(),
        (MILLION,),
        (
            reading(),
            function_of("multilabel_margin", shown="ours, the function"),
            ours("multilabel_margin", shown="ours, with the contract's checks"),
        ),
        base="np.sum",
    ),
    "expected_loss": Case(
        "Expected loss reduction: 100 labels, 10 passes in half precision, batches of 50, 2 threads. "
        "Aim: under 120 seconds and 4 GiB in all.",
        Shape(n_labels=100),
        (MILLION,),
        (ours("expected_loss_reduction", shown="ours", threads=2),),
        base=None,
        repetitions=1,
    ),
    "every": Case(
        "Every registered strategy: 28 labels, 384 numbers a text, 10 passes, 500 labelled, batches of 50.",
        Shape(),
        (20 * THOUSAND, 100 * THOUSAND),
        tuple(ours(name) for name in STRATEGIES.names()),
        base=None,
        repetitions=1,
    ),
}
