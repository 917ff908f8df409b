"""OpenVINO on a CPU, in fp32 or bf16."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import openvino
import torch
from openvino import opset13
from openvino.frontend import FrontEndManager, GeneralFailure, NotImplementedFailure, OpConversionFailure
from openvino.frontend.pytorch.fx_decoder import TorchFXPythonDecoder
from torch.export import ExportedProgram

from text_al.training.backends.graph import quiet
from text_al.training.backends.live import Run
from text_al.types import FloatArray, IntArray


class OpenVino:
    """The library as `backends.live.Engine`, with as many threads as torch has.

    Args:
        bf16: whether to compute in it, which OpenVINO does by itself where the hardware can; said explicitly.
    """

    def __init__(self, *, bf16: bool) -> None:
        self.name = f"OpenVINO, {'bf16' if bf16 else 'fp32'}"
        self._core = openvino.Core()
        self._settings: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,  # other programs may run on the same cores
        }

    def convert(self, exported: ExportedProgram) -> Any:
        """A model of OpenVINO's whose parameters are ids, mask and the weights.

        Not by `openvino.convert_model`, which reports its use over the network unless it is told not to.

        Raises:
            RuntimeError: OpenVINO lacks something that this encoder does.
        """
        with quiet():
            frontend = FrontEndManager().load_by_framework("pytorch")
            decoder = TorchFXPythonDecoder.from_exported_program(exported)  # must outlive the conversion
            try:
                return frontend.convert(frontend.load(decoder))
            except (GeneralFailure, NotImplementedFailure, OpConversionFailure) as error:
                raise RuntimeError(f"OpenVINO: {error}") from error

    def compile(self, graph: Any, weights: Sequence[FloatArray]) -> Run:
        """The graph with constants in the places of the weights."""
        filled = graph.clone()
        for parameter, weight in zip(filled.get_parameters()[2:], weights, strict=True):
            constant = opset13.constant(weight, shared_memory=True)
            for place in parameter.output(0).get_target_inputs():
                place.replace_source_output(constant.output(0))
            filled.remove_parameter(parameter)
        request = self._core.compile_model(filled, "CPU", self._settings).create_infer_request()

        def run(ids: IntArray, mask: IntArray) -> FloatArray:
            return np.array(request.infer([ids, mask], share_inputs=True, share_outputs=True)[0])

        return run
