"""Small comparisons on made-up texts, for the tests of grids."""

import json

from text_al.experiments.cells import cells_of
from text_al.experiments.collecting import collect
from text_al.experiments.comparison_file import load_comparison
from text_al.experiments.grid import run_grid
from text_al.experiments.grid_view import GridLines


def tree(folder, **changes):
    """A comparison of 10 cells as a tree for a file: one data set, one learner, one seed more than one."""
    made = {
        "name": "small",
        "output_dir": str(folder / "saved"),
        "seeds": 2,
        "workers": 1,
        "base": {
            "active_learning": {"initial_size": 10, "query_size": 5, "budget": 20},
            "tracking": {"tensorboard": False},
        },
        "data": {
            "tickets": {
                "data": {
                    "pool": {"generated": "tickets", "size": 60},
                    "test": {"generated": "tickets", "size": 30, "part": 2},
                }
            }
        },
        "learners": {"tfidf": {"learner": {"type": "tfidf", "args": {"max_features": 300}}}},
        "strategies": {
            "margin": {"strategy": {"type": "multilabel_margin"}},
            "badge": {"strategy": {"type": "badge"}},
        },
    }
    return {**made, **changes}


def write(folder, **changes):
    """The file with these settings; JSON is YAML too."""
    path = folder / "comparison.yaml"
    path.write_text(json.dumps(tree(folder, **changes), indent=1), encoding="utf-8")
    return path


def loaded(folder, *overrides, **changes):
    """The comparison with these settings."""
    return load_comparison(write(folder, **changes), overrides)


def cells(folder, *overrides, **changes):
    """Its cells by id."""
    return {cell.id: cell for cell in cells_of(loaded(folder, *overrides, **changes))}


def run(folder, stream, *overrides, retry_failed=False, **changes):
    """What comes of it."""
    return run_grid(loaded(folder, *overrides, **changes), GridLines(stream), retry_failed=retry_failed)


def rows(comparison):
    """The table of all rounds, as a list of mappings, without what a clock gave."""
    from pyarrow import parquet

    found = parquet.read_table(comparison / "rounds.parquet").to_pylist()
    return [{name: value for name, value in row.items() if "seconds" not in name} for row in found]


def collected_rows(comparison):
    """The same, collected anew."""
    collect(comparison)
    return rows(comparison)
