"""Libraries beside torch that turn texts into pooled vectors, each behind `training.forward.Forward`."""

from text_al.training.backends.live import Live
from text_al.training.classifier import MultilabelClassifier
from text_al.training.extras import require

_MODULES = {"openvino": ("openvino",), "onnx": ("onnx", "onnxruntime", "onnxscript")}


def check_back_end(name: str) -> None:
    """Looks whether a back end can be had, without importing it.

    Args:
        name: "torch", "openvino" or "onnx".

    Raises:
        TrainingError: its extra is not installed.
    """
    if name != "torch":
        require(*_MODULES[name], extra=name, setting=f"compute.backend is '{name}'")


def make_forward(name: str, model: MultilabelClassifier, *, pad_id: int, bf16: bool) -> Live:
    """The forward pass of a back end.

    Args:
        name: "openvino" or "onnx".
        model: on the CPU; whatever weights it has when texts are scored are used.
        pad_id: the tokenizer's padding id.
        bf16: whether to compute in it; "onnx" computes in fp32 in any case.

    Raises:
        TrainingError: its extra is not installed.
    """
    check_back_end(name)
    if name == "openvino":
        from text_al.training.backends.openvino import OpenVino

        return Live(model, OpenVino(bf16=bf16), pad_id=pad_id)
    from text_al.training.backends.onnx import Onnx

    return Live(model, Onnx(), pad_id=pad_id)
