"""What strategies call passes of a fine-tuned encoder: heads on one encoding, or runs with dropout."""

from text_al.errors import TrainingError
from text_al.reporting import Reporter
from text_al.training.committee import Committee
from text_al.training.dropout_passes import check_dropout, dropout_passes
from text_al.training.encoder_model import EncoderModel
from text_al.training.first_head import committee_on
from text_al.training.lesson import Lesson
from text_al.training.settings import TrainingSettings
from text_al.types import FloatArray, IntArray


class EncoderPasses:
    """Makes the passes of one learner.

    Args:
        net: the model.
        settings: which passes, and how many.
        seed: the run's.

    Raises:
        TrainingError: dropout is asked for, and there is none.
    """

    def __init__(self, net: EncoderModel, settings: TrainingSettings, *, seed: int) -> None:
        if settings.passes == "dropout":
            check_dropout(net.model, net.hardware)
        self.net, self.settings, self.seed = net, settings, seed
        self._made: tuple[Lesson, Committee] | None = None

    def of(
        self, rows: IntArray, vectors: FloatArray, lesson: Lesson | None, reporter: Reporter
    ) -> FloatArray:
        """(T, M, L) float32 probabilities.

        Args:
            rows: (M,) of the pool.
            vectors: (M, D) pooled, of these.
            lesson: what the model learned; None where it was not taught here.
            reporter: hears of the progress.

        Raises:
            TrainingError: heads are asked for, and there is no lesson.
        """
        if self.settings.passes == "heads":
            return self._committee(lesson, reporter).probs(vectors)
        return dropout_passes(
            self.net,
            rows,
            n_passes=self.settings.committee,
            seed=self.seed,
            round_number=0 if lesson is None else lesson.round_number,
            reporter=reporter,
        )

    def _committee(self, lesson: Lesson | None, reporter: Reporter) -> Committee:
        """The committee of this lesson, made when it is first asked for."""
        if lesson is None:
            raise TrainingError("learner finetuned was not taught here, and has no committee; fit it")
        if self._made is None or self._made[0] is not lesson:
            vectors = self.net.embed_pool(lesson.rows, reporter)
            n_heads = self.settings.committee
            self._made = lesson, committee_on(vectors, lesson, n_heads=n_heads, seed=self.seed)
        return self._made[1]
