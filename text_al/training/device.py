"""What the machine can do, asked once: device, precision, threads, and what scores."""

from dataclasses import dataclass

import torch

from text_al.errors import TrainingError
from text_al.training.backends import check_back_end
from text_al.training.settings import ComputeSettings
from text_al.training.threads import waiting


@dataclass(frozen=True)
class Hardware:
    """Where and how the model runs.

    Attributes:
        device: torch's device type.
        bf16: whether in bf16 (autocast: weights stay float32).
        score_tokens: tokens a scoring batch.
        backend: what scores: "torch", or one of `training.backends`.
        compiled: whether the encoder is compiled by torch.compile.
    """

    device: str
    bf16: bool
    score_tokens: int
    backend: str = "torch"
    compiled: bool = False

    def describe(self) -> str:
        """One line for the log, such as "cpu, 2 threads waiting passively, bf16 autocast"."""
        parts = [self.device]
        if self.device == "cpu":
            parts.append(_threads(torch.get_num_threads()))
        parts.append("bf16 autocast" if self.bf16 else "fp32")
        if self.compiled:
            parts.append("compiled")
        if self.backend != "torch":
            parts.append(f"scored by {self.backend}")
        return ", ".join(parts)


def choose_hardware(settings: ComputeSettings) -> Hardware:
    """The device and precision asked for, or the best there is.

    Raises:
        TrainingError: a device was asked for that this machine does not have, or a back end that is not
            installed or does not compute on that device.
    """
    check_back_end(settings.backend)
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    device = _best_device() if settings.device == "auto" else settings.device
    if not _has(device):
        raise TrainingError(
            f"compute.device is '{device}', but torch {torch.__version__} finds none here; use auto or cpu"
        )
    if settings.backend != "torch" and device != "cpu":
        raise TrainingError(
            f"compute.backend is '{settings.backend}', which scores on a CPU, but the device is '{device}'; "
            "write compute.backend: torch, or compute.device: cpu"
        )
    return Hardware(
        device,
        bf16=settings.precision == "bf16" or (settings.precision == "auto" and _computes_in_bf16(device)),
        score_tokens=settings.score_tokens or (2048 if device == "cpu" else 32768),
        backend=settings.backend,
        compiled=settings.compile,
    )


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads {waiting()}"


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
