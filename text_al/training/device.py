"""What the machine can do, asked once: device, precision, threads."""

from dataclasses import dataclass

import torch

from text_al.errors import TrainingError
from text_al.training.settings import ComputeSettings


@dataclass(frozen=True)
class Hardware:
    """Where the model runs: torch's device type, whether in bf16, and tokens a scoring batch."""

    device: str
    bf16: bool
    score_tokens: int

    def describe(self) -> str:
        """One line for the log."""
        threads = f", {torch.get_num_threads()} threads" if self.device == "cpu" else ""
        return f"{self.device}{threads}, {'bf16 autocast' if self.bf16 else 'fp32'}"


def choose_hardware(settings: ComputeSettings) -> Hardware:
    """The device and precision asked for, or the best there is.

    Raises:
        TrainingError: a device was asked for that this machine does not have.
    """
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    device = _best_device() if settings.device == "auto" else settings.device
    if not _has(device):
        raise TrainingError(
            f"compute.device is '{device}', but torch {torch.__version__} finds none here; use auto or cpu"
        )
    bf16 = settings.precision == "bf16" or (settings.precision == "auto" and _computes_in_bf16(device))
    return Hardware(device, bf16, settings.score_tokens or (2048 if device == "cpu" else 32768))


def _best_device() -> str:
    return next(device for device in ("cuda", "mps", "cpu") if _has(device))


def _has(device: str) -> bool:
    if device == "cuda":
        return bool(torch.cuda.is_available())
    return device == "cpu" or bool(torch.backends.mps.is_available())


def _computes_in_bf16(device: str) -> bool:
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    flags = torch.cpu.get_capabilities() if device == "cpu" else {}
    return bool(flags.get("avx512_bf16") or flags.get("amx_bf16") or flags.get("bf16"))
