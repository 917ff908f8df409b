"""Plants wrong edits in a copy of the package, one by one: do the tests named beside them catch each?

    python tests/planted_defects.py            # all; prints a line each, exit status 1 if one is missed
    python tests/planted_defects.py loss pool  # those whose name holds one of the words

Not part of pytest: it takes minutes. A defect whose code is no longer there is an error too, so that the list
stays true.
"""

# ruff: noqa: E501 - one defect a line
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Defect(NamedTuple):
    """A wrong edit, and the tests that must fail with it."""

    name: str
    file: str
    right: str
    wrong: str
    tests: str


DEFECTS = (
    Defect("unknown targets count as no", "metrics/f1.py", "known = targets >= 0\n    positive", "known = targets >= -1\n    positive", "test_metrics.py"),
    Defect("average precision ignores ties", "metrics/ranking.py", "np.flatnonzero(ranked[1:] != ranked[:-1])", "np.arange(len(ranked) - 1)", "test_metrics.py"),
    Defect("threshold is exclusive", "metrics/evaluation.py", "probs >= limits", "probs > limits", "test_metrics.py"),
    Defect("margin asks about the surest first", "strategies/from_probs/margins.py", "return -sums_over_labels(candidates.probs, _distances)", "return sums_over_labels(candidates.probs, _distances)", "test_strategies.py test_strategies_contract.py"),
    Defect("ties go to the first in the file", "strategies/selection.py", "rng.choice(level, size=n - len(above), replace=False)", "level[: n - len(above)]", "test_strategies.py test_strategies_contract.py"),
    Defect("random draws a text twice", "strategies/baseline.py", "replace=False", "replace=True", "test_strategies_contract.py"),
    Defect("random is not seeded", "strategies/baseline.py", "return rng.choice", "return np.random.default_rng().choice", "test_strategies_contract.py"),
    Defect("loss counts unknown targets as no", "training/steps.py", "(losses * (targets >= 0)).sum()", "losses.sum()", "test_training_steps.py test_training_trainer.py test_training_determinism.py"),
    Defect("loss grows with accumulation", "training/steps.py", "self._backward(parts[-1], max(1, n_known))", "self._backward(parts[-1], max(1, n_known // len(parts)))", "test_training_steps.py test_training_trainer.py test_training_determinism.py"),
    Defect("the step is not seeded", "training/steps.py", "        torch.manual_seed(torch_seed(*seed) + rank)\n", "", "test_training_steps.py test_training_trainer.py test_training_determinism.py"),
    Defect("scores come back longest first", "training/scoring.py", "work.forward(tokens, rows[batch])", "work.forward(tokens, np.sort(rows[batch]))", "test_training_scoring.py"),
    Defect("padding counts in the mean", "training/classifier.py", "weights = mask.unsqueeze(-1).float()", "weights = torch.ones_like(mask).unsqueeze(-1).float()", "test_training_scoring.py test_training_finetuned.py test_training_steps.py"),
    Defect("best weights are not restored", "training/keeper.py", "if self._weights:", "if False:", "test_training_keeper.py test_training_kept.py"),
    Defect("a loss that rises is better", "training/keeper.py", "value < best if lower_is_better(name) else value > best", "value > best", "test_training_keeper.py test_training_kept.py"),
    Defect("every label is cut at 0.5", "training/thresholds.py", "own = np.array(", "own = 0 * np.array(", "test_training_thresholds.py"),
    Defect("a label nobody knows floods", "training/thresholds.py", "& (predicted <= max_ratio * hits[-1])", "", "test_training_thresholds.py"),
    Defect("the head's bias is not folded", "training/linear_head.py", "head.bias - weights @ self.mean", "head.bias", "test_training_linear_head.py"),
    Defect("an epoch drops its last texts", "training/batches.py", "for at in range(0, len(bucket), batch_size)", "for at in range(0, len(bucket) - batch_size + 1, batch_size)", "test_training_batches.py"),
    Defect("a fresh start keeps old weights", "training/encoder_fits.py", "        model.encoder.load_state_dict(self._pretrained)\n", "", "test_training_finetuned.py"),
    Defect("a skip counts as labelled with nothing", "data/changes.py", 'state = "labelled" if decision.kind == "labelled" else "skipped"', 'state = "labelled"', "test_pool.py test_pool_machine.py"),
    Defect("the same answer twice is news", "data/changes.py", 'tally["repeated"] += 1\n            continue', 'tally["repeated"] += 1', "test_pool.py test_pool_machine.py"),
    Defect("the mask changes before the commit", "data/pool.py", "self._store.on_commit(lambda: self._states.show(changes))", "self._states.show(changes)", "test_pool.py test_pool_machine.py"),
    Defect("unknown targets are answered as no", "oracles/simulated.py", "wrong & (targets >= 0), 1 - targets, targets)", "wrong & (targets >= 0), 1 - targets, targets.clip(0))", "test_oracles.py"),
    Defect("a split tears equal texts apart", "data/splits.py", "np.unique(groups,", "np.unique(np.arange(len(groups)),", "test_splits.py"),
    Defect("a truncated file is read as far as it goes", "data/readers.py", '                findings.problem(f"{where}: {_bad_line(line, error)}")\n', "", "test_corpus_readers.py test_corpus_messy.py"),
    Defect("2e-5 is text", "config/yaml_core.py", r"(?:[eE][-+]?[0-9]+)?|", "|", "test_config_yaml.py"),
    Defect("the budget counts rounds", "loop/stopping.py", "n_labelled >= rules.budget", "len(records) >= rules.budget", "test_loop_rounds.py test_loop_stopping.py"),
    Defect("patience never ends", "loop/stopping.py", ">= rules.patience", "> 10**9 + rules.patience", "test_loop_rounds.py test_loop_stopping.py"),
    Defect("the seed of a query ignores the round", "loop/querying.py", 'generator(run.plan.seed, stored.number, "query")', 'generator(run.plan.seed, 0, "query")', "test_loop_rounds.py test_loop_seeds.py"),
    Defect("scoring begins anew after a kill", "loop/scoring.py", "scorer.needs, done=done)", "scorer.needs, done=0)", "test_loop_streaming.py"),
    Defect("scores by labels since corrected are gone on with", "loop/scoring.py", 'return {"labelled": _digest(', 'return {"labels": len(rows)} if len(rows) else {"labelled": _digest(', "test_loop_first_batch.py"),
    Defect("a learner is asked for what is labelled", "loop/looking.py", 'if not need.startswith("labelled")', "", "test_loop_first_batch.py"),
    Defect("a rare label takes all turns", "strategies/turns.py", "rising: list[int] = order[np.argsort(has[order], kind=\"stable\")].tolist()", "rising: list[int] = [int(np.argmin(has))]", "test_strategies_rare.py"),
    Defect("texts found count for their label only", "strategies/turns.py", "has += probs[position]", "has[label] += probs[position, label]", "test_strategies_rare.py"),
    Defect("a text found for a rare label is asked twice", "strategies/rare_share.py", "~np.isin(others.rows, found)", "np.ones(len(others), dtype=bool)", "test_strategies_rare.py"),
    Defect("scores of a former fit are gone on with", "loop/scoring.py", '"record": _digest(self._stored.record_json.encode()),', "", "test_loop_streaming.py"),
    Defect("a large pool is looked at whole", "loop/windows.py", "yield rows[start : start + size]", "yield rows[start:]", "test_loop_streaming.py"),
    Defect("last scores are those of the first query", "loop/kept_scores.py", "asked[-1] if asked", "sorted(asked)[0] if asked", "test_sub_pools.py"),
    Defect("a stratum that moved keeps its scores", "loop/sub_pools/changed.py", "moved = moves > tolerance * np.nanstd(last)", "moved = moves < -1", "test_sub_pools.py"),
    Defect("a frequent label takes the whole sub-pool", "loop/sub_pools/nearest.py", "np.repeat(np.arange(n), n_anchors)", "np.tile(np.arange(n_anchors), n)", "test_sub_pools.py"),
    Defect("two processes weigh the loss twice", "training/steps.py", "backward(loss * n_processes)", "backward(loss * n_processes**2)", "test_processes.py"),
    Defect("the same texts are asked again", "data/pool_view.py", 'self._states.mask("open")', '~self._states.mask("labelled")', "test_pool.py test_pool_machine.py"),
    Defect("packed texts are numbered as one", "training/forward.py", "np.concatenate([np.tile(np.arange(length), n) for n, length in groups])", "np.arange(len(ids))", "test_training_forward.py"),
    Defect("packed texts of one length see each other", "training/forward.py", "part.reshape(part.shape[0], n, length, -1).transpose(0, 1)", "part[None]", "test_training_forward.py"),
    Defect("packed texts without tokens break the batch", "training/forward.py", "order[tokens.lengths[rows[order]] > 0]", "order", "test_training_forward.py"),
    Defect("a packed or rounded pass that disagrees is used", "training/agreement.py", "forward if difference <= BOUND", "forward if difference <= 1", "test_training_forward.py"),
    Defect("a single text settles whether texts are packed", "training/agreement.py", ">= LEAST", ">= 1", "test_training_forward.py"),
    Defect("cached tokens of another tokenizer are taken", "training/tokens.py", '        "tokenizer": tokenizer_fingerprint(tokenizer),\n', "", "test_training_tokens.py"),
    Defect("cached vectors of another pooling are taken", "training/frozen.py", '            "pooling": self.pretrained.about.pooling,\n', "", "test_training_frozen.py"),
    Defect("cached vectors are as long as they come", "training/encoding.py", "yield vectors / np.where(lengths > 0, lengths, 1.0), ", "yield vectors, ", "test_training_frozen.py"),
    Defect("growing arrays keep what a kill cut short", "data/growing.py", "file.truncate(size)", "file.truncate()", "test_growing.py"),
    Defect("a committee draws alike in every round", "training/lesson.py", 'generator(ground.seed, self.round_number, "committee")', 'generator(ground.seed, 0, "committee")', "test_training_linear.py test_training_passes.py"),
    Defect("a fine-tuned committee draws alike in every round", "training/first_head.py", 'generator(seed, lesson.round_number, "committee")', 'generator(seed, 0, "committee")', "test_training_committee.py"),
    Defect("newton stops after one step", "training/newton.py", "open_labels[promised > tolerance]", "open_labels[:0]", "test_training_linear_head.py"),
    Defect("newton leaves weights of texts out", "training/linear_head.py", "known * (weights if weights.ndim == 2 else weights[:, None])", "known", "test_training_linear_head.py"),
    Defect("adapters are not merged", "training/adapters.py", "        yield\n        _merge(model)", "        yield", "test_training_adapters.py"),
    Defect("adapters leave the encoder frozen", "training/adapters.py", "parameter.requires_grad_(True)", "parameter.requires_grad_(False)", "test_training_adapters.py"),
    Defect("a back end scores with the weights of before", "training/backends/live.py", "self._run is None or state != self._state", "self._run is None", "test_training_backends.py"),
    Defect("windows are joined last first", "loop/windows.py", "[part.logits for part in parts]", "[part.logits for part in parts[::-1]]", "test_loop_streaming.py"),
    Defect("label names are always believed", "training/label_prior.py", "return STRENGTHS[ahead(np.mean(drawn, axis=0))]", "return STRENGTHS[-1]", "test_training_label_prior.py"),
    Defect("the prior is added twice", "training/linear_head.py", "fitted if prior is None else fitted + prior", "fitted if prior is None else fitted + 2 * prior", "test_training_label_prior.py"),
    Defect("a committee forgets the prior", "training/lesson.py", "            prior=self._prior(ground),\n        )\n        heads", "        )\n        heads", "test_training_label_prior.py"),
    Defect("calibration counts unknown targets as no", "metrics/calibration.py", "known, n_labels = targets >= 0, ", "known, n_labels = targets >= -1, ", "test_metrics.py"),
    Defect("bins of equal width", "metrics/calibration.py", "n_bins + 1) ** 2", "n_bins + 1)", "test_metrics.py"),
    Defect("labels without positives are calibrated", "metrics/calibration.py", "positives.sum(axis=1) > 0", "positives.sum(axis=1) >= 0", "test_metrics.py"),
    Defect("a low brier score is a bad one", "metrics/evaluation.py", '("_loss", "_brier", "_classwise_ece")', '("_loss", "_classwise_ece")', "test_metrics.py"),
    Defect("plug-in figures are called tuned", "loop/measuring.py", "        rule=report.threshold_rule,\n", "", "test_loop_measuring.py"),
    Defect("out of fold is measured on wrong targets", "loop/measuring.py", 'yield "oof", by_people', 'yield "oof", 1 - by_people', "test_loop_measuring.py"),
    Defect("what ends a run need not be measured", "loop/measuring.py", "    _check_watched(run.plan.stop, found)\n", "", "test_loop_measuring.py"),
    Defect("reliability is lost on disk", "tracking/records.py", 'values.get("reliability", {})', "{}", "test_tracking.py"),
    Defect("out of fold explained each round", "loop/fitting.py", ' and not any("oof" in record.reliability for record in before)', "", "test_loop_measuring.py"),
    Defect("a picture of every former round", "tracking/tensorboard.py", "draw=before_last < _PICTURES_SHOWN", "draw=True", "test_tracking_tensorboard.py"),
    Defect("the calibration's slope is forgotten by the bias", "training/calibration.py", "self.slope * head.bias + np.tile", "head.bias + np.tile", "test_training_calibration.py"),
    Defect("calibration learns from unknown targets", "training/calibration.py", "known, positive = targets >= 0, targets == 1", "known, positive = targets >= -1, targets == 1", "test_training_calibration.py"),
    Defect("shifts are not drawn to their mean", "training/calibration.py", "apart = shifts - common", "apart = 0 * shifts", "test_training_calibration.py"),
    Defect("calibration by what the model has seen", "training/on_features.py", "return by_pool(lesson.out_of_fold(ground), ", "return by_pool(lesson.head(ground).logits(ground.pool[lesson.rows]), ", "test_training_held_out.py"),
    Defect("a fold's model sees the texts that are left out", "training/lesson.py", "return self._taught(ground, features, ~left_out)", "return self._taught(ground, features, left_out | True)", "test_training_crossfit.py"),
    Defect("a fold's encoder sees the texts that are left out", "training/encoder_fits.py", "self._trained(_part(train, ~left_out), None, 0, Silent())", "self._trained(train, None, 0, Silent())", "test_training_held_out.py"),
    Defect("a fold's first head sees the texts that are left out", "training/encoder_fits.py", "            self._start_on(~left_out)\n", "            self._start_on(left_out | True)\n", "test_training_held_out.py"),
    Defect("folds are said in the wrong order", "training/crossfit.py", "found[left_out] = said", "found[left_out] = said[::-1]", "test_training_crossfit.py"),
    Defect("cross-fitting costs the weights", "training/finetuned.py", "            self.model.load_state_dict(before)\n", "", "test_training_held_out.py"),
    Defect("cross-fitting is done twice", "training/finetuned.py", "if self._held_out is None or self._held_out[0] != asked:", "if True:", "test_training_held_out.py"),
    Defect("cross-fitting of other rows is taken", "training/finetuned.py", "(round_number, rows.tobytes(), targets.tobytes())", "(round_number, targets.shape)", "test_training_held_out.py"),
    Defect("thresholds ignore the pool", "training/judging.py", "probs = open_texts if len(pool) >= ENOUGH else np.concatenate([open_texts, sigmoid(said)])", "probs = sigmoid(said)", "test_training_judging.py"),
    Defect("labelled texts are looked at as open ones", "training/judging.py", "np.setdiff1d(spread(n, SAMPLE + len(labelled)), labelled)", "spread(n, SAMPLE + len(labelled))", "test_training_judging.py"),
    Defect("a plug-in threshold has no guard", "training/plug_in.py", " & (counts <= np.ceil(most))", "", "test_training_plug_in.py"),
    Defect("a plug-in threshold parts equal texts", "training/plug_in.py", "few = (scores > below)", "few = (scores >= below)", "test_training_plug_in.py"),
    Defect("the average counts all updates", "training/averaging.py", "if step <= self._first:", "if step <= 0:", "test_training_averaging.py"),
    Defect("auto is always linear", "training/auto.py", "if held_out is None or in_folds is None or _is_ahead(targets, in_folds, held_out):", "if True:", "test_training_auto.py"),
    Defect("auto fine-tunes at a tie", "training/auto.py", "by.mean() >= LEAD * error", "by.mean() > LEAD * error", "test_training_auto.py"),
    Defect("auto tells the evaluations of both", "training/auto.py", '"reporter": _WithoutEvaluations(reporter),', '"reporter": reporter,', "test_training_auto.py test_training_learners.py"),
    Defect("auto forgets its model where another cannot be read", "training/auto.py", "        kept.restore(folder)\n        self._now = kept", "        self._now = kept\n        kept.restore(folder)", "test_training_auto.py"),
    Defect("directions keep what all names share", "training/label_directions.py", "common = (means.sum(axis=0) + of_texts) / (len(means) + 1)", "common = 0 * of_texts", "test_training_directions.py"),
    Defect("names do not move towards the texts", "training/label_directions.py", "return np.asarray((1 - SHARE) * names + SHARE * towards)", "return names", "test_training_directions.py"),
    Defect("names move towards the farthest texts", "training/label_directions.py", "-(sample @ names.T)", "(sample @ names.T)", "test_training_directions.py"),
    Defect("names alone predict every label", "training/lesson.py", "-usual - np.log(max(1, len(weights) - 1))", "-usual", "test_training_before_fit.py"),
    Defect("a layer decay speeds lower layers up", "training/optimisation.py", "decay ** (top - depth)", "decay ** (depth - top)", "test_training_optimisation.py"),
    Defect("a head is pulled to zero, not to its start", "training/steps.py", "self._head.weight.lerp_(self._head_start,", "self._head.weight.lerp_(0 * self._head_start,", "test_training_steps.py"),
    Defect("a rule's inclusion ignores who came next", "strategies/selection_rules.py", "kappa = np.partition(keys, m - n - 1)[m - n - 1]", "kappa = np.min(keys)", "test_selection_rules.py"),
    Defect("power draws without its noise", "strategies/selection_rules.py", "rng.gumbel(", "0 * rng.gumbel(", "test_selection_rules.py"),
    Defect("k-center forgets what it took", "strategies/from_embeddings/k_center.py", "np.minimum(self._bounds[positions], nearest)", "self._bounds[positions]", "test_strategies_k_center.py"),
    Defect("coverage counts what is covered", "strategies/from_embeddings/prob_cover.py", "        gains -= balls.counts(new)\n", "", "test_strategies_prob_cover.py"),
    Defect("typiclust goes by size alone", "strategies/from_embeddings/typiclust.py", "np.lexsort((-sizes, n_labelled))", "np.argsort(-sizes)", "test_strategies_typiclust.py"),
    Defect("the product forgets what it took", "strategies/from_embeddings/product.py", "        closest = np.maximum(closest, vectors @ vectors[taken[-1]])\n", "", "test_strategies_density.py"),
    Defect("neighbours lose their block", "neighbours.py", "start + columns", "columns", "test_neighbours.py"),
    Defect("badge forgets the bias", "strategies/from_embeddings/badge.py", "(vectors + 1.0)", "vectors", "test_strategies_badge.py"),
    Defect("a batch's second text is chosen like its first", "strategies/from_passes/greedy.py", "            outlook.count_in(chosen[turn])\n", "            pass\n", "test_strategies_expected_loss.py"),
    Defect("equal margins rank by place", "strategies/from_probs/cvirs.py", "np.repeat((starts + ends + 1) / 2, ends - starts)", "np.arange(1, len(values) + 1)", "test_strategies_cvirs.py"),
    Defect("what is not known counts as no in a set", "strategies/from_probs/cvirs.py", "(targets == 1, targets >= 0)", "(targets == 1, targets >= -1)", "test_strategies_cvirs.py"),
    Defect("a text votes on itself", "training/voters.py", "self.voting.k + 1)", "self.voting.k)", "test_training_knn.py"),
    Defect("neighbours vote on what is not known of them", "training/votes.py", "targets >= 0", "targets >= -1", "test_training_knn.py"),
    Defect("passes come back in another order", "training/dropout_passes.py", "passes[number, order]", "passes[number]", "test_training_dropout_passes.py"),
    Defect("a name's own label is all that is known of it", "training/name_texts.py", "-1 if is_example else 0", "-1", "test_training_name_texts.py"),
    Defect("names are learned where they are not believed", "training/encoder_fits.py", "return self._named if self.lesson.label_prior else None", "return self._named", "test_training_name_texts.py"),
    Defect("names count in training metrics", "training/trainer.py", "own = rows < self.n_measured", "own = rows < len(self.train)", "test_training_name_texts.py test_training_trainer.py"),
    Defect("a text is its own nearest", "loop/explaining.py", "if pair[0] != row", "if True", "test_loop_explaining.py"),
    Defect("doubt is about a half", "loop/explaining.py", "seen.logits[:n] - np.log(cuts / (1 - cuts))", "seen.logits[:n]", "test_loop_explaining.py"),
    Defect("the limit on candidates is not kept", "loop/limiting.py", "or len(part.rows) <= most", "or True", "test_loop_explaining.py"),
    Defect("a preselection takes the worst", "loop/limiting.py", "best(scores, most, rng)", "best(-scores, most, rng)", "test_loop_explaining.py"),
    Defect("a text waits for one answer only, whoever asked for two", "data/changes.py", "return len(people) >= asking.people and", "return len(people) >= 1 and", "test_pool_people.py"),
    Defect("a program is one of the people asked", "data/changes.py", " if not is_machine(who)}", "}", "test_pool_people.py"),
    Defect("a program stands against a person", "data/resolution.py", "return people or events", "return events", "test_pool_people.py"),
    Defect("a tie is a yes", "data/resolution.py", "return -1 if 2 * yes == len(events) else", "return", "test_pool_people.py"),
    Defect("what was settled is undone by an old answer", "data/merging.py", "return before is not None and before.how.settles and not event.how.settles", "return False", "test_pool_people.py"),
    Defect("a correction answers the last question", "data/events.py", "asking = named[-1] if named else last_asked(history)", "asking = last_asked(history)", "test_pool_people.py"),
    Defect("labels are kept from before a change", "data/ledger.py", "state = (last, self._store.n_changes, self.resolution, n_labels)", "state = (self.resolution, n_labels)", "test_pool_people.py test_pool_machine.py"),
    Defect("a program's answers are truth", "loop/measuring.py", "by_people = run.pool.targets_by_people()", "by_people = run.pool.labelled()[1]", "test_loop_measuring.py"),
    Defect("blind texts show what the model thinks", "oracles/batches.py", "    if is_blind(request, rank, mode):\n        return BatchItem(text_id, text, rank, reason=neutral_reason(request, rank), considered=asked)\n", "", "test_oracles_batches.py"),
    Defect("settling is about every label", "assemble/queries.py", "        considered=tuple(one.labels for one in found),\n", "", "test_assemble_queries.py"),
    Defect("an import does not ask who answered", "assemble/answers.py", "if answer.annotator == UNNAMED and not is_named", "if False", "test_assemble_queries.py"),
    Defect("answers of the page wait for ever", "assemble/runs.py", "        take_page_answers(folder.path, pool, store)\n", "", "test_assemble_queries.py"),
    Defect("alpha counts a pair with itself", "metrics/agreement.py", "others[place] - 1", "others[place]", "test_metrics_agreement.py"),
    Defect("a settling decision is an own answer", "data/disagreements.py", "last_words([event for event in history if not event.how.settles])", "last_words(history)", "test_disagreements.py"),
    Defect("a skip is exported as no label", "assemble/corpus_files.py", 'return ""', 'return "[]"', "test_assemble_corpus_export.py"),
)  # fmt: skip


def caught(defect: Defect) -> bool:
    """Whether a test fails with the defect planted.

    Raises:
        SystemExit: the right code is not where the list says it is, once.
    """
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "main"
        ignored = shutil.ignore_patterns(".git", ".venv", "saved", "__pycache__", ".*_cache", "*.egg-info")
        shutil.copytree(ROOT, tree, ignore=ignored)
        (tree / "saved").mkdir()
        file = tree / "text_al" / defect.file
        code = file.read_text(encoding="utf-8")
        if code.count(defect.right) != 1:
            sys.exit(
                f"'{defect.name}': {defect.file} holds its code {code.count(defect.right)} times, not once"
            )
        file.write_text(code.replace(defect.right, defect.wrong), encoding="utf-8")
        tests = [str(Path("tests") / name) for name in defect.tests.split()]
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        return subprocess.run(command, cwd=tree, capture_output=True, check=False).returncode == 1


def main() -> None:
    """Plants all defects that match the words given; the exit status says whether one was missed."""
    words = sys.argv[1:]
    chosen = [d for d in DEFECTS if not words or any(word in d.name for word in words)]
    missed = []
    for defect in chosen:
        found = caught(defect)
        missed += [] if found else [defect.name]
        print(f"{'caught' if found else 'MISSED':7} {defect.name} ({defect.file})", flush=True)
    print(f"{len(chosen) - len(missed)} of {len(chosen)} caught")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
