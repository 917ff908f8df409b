"""The commented configuration that `text-al init` writes for somebody with texts of their own."""

from collections.abc import Sequence

from text_al.config.dump import write_yaml
from text_al.config.schema import ActiveLearning, Annotation, Model, Training

SCHEMA_FILE = "text-al.schema.json"

_TEMPLATE = """\
# yaml-language-server: $schema={schema}
# The line above gives help while you type, in editors that know it: text-al schema > {schema}
# A key that is left out has its default. Check this file with text-al check-config, run it with text-al run.

# The run's folder is saved/<name>: labels, models, queries and the log are kept there.
name: {name}
# Runs with one seed are identical.
seed: 0

# Where the texts are: CSV, TSV, JSONL, JSON or Parquet, each also gzipped; data/*.csv takes several files.
data:
  # The texts to be labelled, a row each. Labels that stand beside them already are taken as given.
  pool: {pool}
  # Labelled texts for early stopping and thresholds, and for the learning curve; null if you have none yet.
  validation: null
  test: null
  columns:
    text: text      # the column with the text
    id: id          # the column with a unique id; null numbers the rows
    labels: labels  # the column with the labels; null if there is none
    separator: "|"  # what stands between two labels of one text
  # The names of your labels, in order. null finds them in the column above, so they must stand there.
  # With descriptions, which people and the model both use: [{{name: billing, description: about money}}, ...]
  {labels}

# finetuned trains an encoder (sections model and training); linear leaves it as it is, and takes seconds;
# auto fine-tunes in those rounds in which that is better; tfidf needs no download and no GPU.
learner: {{type: finetuned}}

# The encoder: a name on the Hugging Face Hub, or a folder. Choose one that knows your language.
model:
  encoder: {model.encoder}
  # Tokens a text; what is longer is cut.
  max_length: {model.max_length}

# How the classifier is trained in each round; the defaults suit few labels.
training:
  max_epochs: {training.max_epochs}
  batch_size: {training.batch_size}
  learning_rate: {training.learning_rate}

# What you are asked, how often, and when it ends; every number counts texts.
active_learning:
  # multilabel_margin asks what the model is unsure of; random is the fair comparison.
  strategy: {{type: {active.strategy.type}}}
  # Labelled before the first model, chosen at random.
  initial_size: {active.initial_size}
  # Asked in each round.
  query_size: {active.query_size}
  # Labelled in all; then it stops.
  budget: {active.budget}

# file: people answer, on a page (text-al label) or in files (queries/round-001.csv, text-al import).
# label_studio: people answer there; llm: a language model answers.
oracle: {{type: file}}

# How people label.
annotation:
  # A text or Markdown file that stands beside each text; null: none.
  guidelines: null
  # What annotators see of the model: ranked shows labels by probability, none ticked; none; or checked.
  suggestions: {annotation.suggestions}
  # Texts that several people label, so that agreement is known: {{share: 0.1, annotators: 2}}; null: none.
  overlap: null

# Where it computes: auto takes a GPU where there is one.
compute:
  device: auto

# What you see while it runs; tensorboard --logdir saved shows all runs.
tracking:
  tensorboard: true
  progress: auto

# How F1 is counted for a label that nothing has: zero as in scikit-learn, or leave_out.
evaluation:
  absent_labels: zero
"""


def starter(name: str, *, labels: Sequence[str] | None = None, pool: str = "data/texts.csv") -> str:
    """A configuration for labelling texts of one's own, with a comment on every section.

    Args:
        name: the run's name.
        labels: the label names, in order; None leaves them to be found in the data.
        pool: the file with the texts.
    """
    return _TEMPLATE.format(
        schema=SCHEMA_FILE,
        name=_inline(name),
        pool=_inline(pool),
        labels=_indented({"labels": None if labels is None else list(labels)}),
        model=Model(),
        training=Training(),
        active=ActiveLearning(),
        annotation=Annotation(),
    )


def _inline(text: str) -> str:
    return write_yaml([text]).strip().removeprefix("- ")


def _indented(section: dict[str, list[str] | None]) -> str:
    return write_yaml(section).strip().replace("\n", "\n  ")
