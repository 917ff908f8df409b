"""What comes with an extra of this package, and the sentence for whoever has not installed it."""

from importlib.util import find_spec

from text_al.errors import TrainingError


def require(*modules: str, extra: str, setting: str) -> None:
    """Looks whether modules are installed, without importing them.

    Args:
        modules: what is needed.
        extra: of this package, which brings them.
        setting: what asks for them, such as "compute.backend is 'onnx'".

    Raises:
        TrainingError: one is missing; the message says what to install.
    """
    if any(find_spec(module) is None for module in modules):
        raise TrainingError(f"{setting}, which comes with an extra: pip install 'text-al[{extra}]'")
