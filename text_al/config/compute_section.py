"""The section `compute`: on what the model runs, how precisely, and by which library texts are scored."""

from typing import Literal

from text_al.config.section import Count, Section, Text


class Compute(Section):
    """Where and how precisely."""

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """auto: the best there is."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """auto: bf16 where the hardware computes in it, fp32 elsewhere."""
    backend: Literal["torch", "openvino", "onnx"] = "torch"
    """What scores texts on a CPU; torch trains in any case. openvino (extra of that name): fp32 or bf16. onnx
    (extra of that name): ONNX Runtime, fp32 only."""
    compile: bool = False
    """Whether torch.compile compiles the encoder; the first batches take minutes, and a CPU gains little."""
    threads: Count | None = None
    """CPU threads; null leaves torch's choice. The same seed gives the same bits only with the same
    number."""
    wait_policy: Literal["passive", "active"] | None = "passive"
    """How CPU threads wait for each other. passive: asleep, good where other programs run too; active:
    spinning, faster by a tenth on an idle machine; null: OpenMP's own. The environment's OMP_WAIT_POLICY goes
    before."""
    score_tokens: Count | None = None
    """Tokens a batch when scoring; null: 2,048 on a CPU, 32,768 on a GPU."""
    cache: Text | None = "auto"
    """Where tokens and embeddings are kept, shared by all runs; auto: .cache in output_dir; null: nowhere."""
