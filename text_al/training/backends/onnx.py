"""ONNX Runtime on a CPU, in fp32: its CPU kernels know no bf16."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, ValueInfoProto
from onnxruntime.capi import onnxruntime_pybind11_state as errors
from torch.export import ExportedProgram

from text_al.training.backends.graph import quiet
from text_al.training.backends.live import Run
from text_al.types import FloatArray, IntArray


class Onnx:
    """The library as `backends.live.Engine`, with as many threads as torch has."""

    name = "ONNX Runtime, fp32"

    def convert(self, exported: ExportedProgram) -> Any:
        """An ONNX model that is handed its weights: serialised, and their names in it, "" for one unused."""
        with quiet():
            program: Any = torch.onnx.export(exported, dynamo=True, optimize=False, verbose=False)
        model = program.model_proto  # made anew each time it is asked for
        graph = model.graph
        used = {name for node in graph.node for name in node.input}
        names = [given.name if given.name in used else "" for given in graph.input[2:]]
        graph.initializer.extend(_elsewhere(given) for given in graph.input[2:] if given.name in used)
        del graph.input[2:]
        return model.SerializeToString(), names

    def compile(self, graph: Any, weights: Sequence[FloatArray]) -> Run:
        """A session with these weights.

        Raises:
            RuntimeError: ONNX Runtime lacks something that this encoder does.
        """
        serialised, names = graph
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
        options.log_severity_level = 3
        if os.environ.get("OMP_WAIT_POLICY", "").upper() == "PASSIVE":
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        values = {
            name: onnxruntime.OrtValue.ortvalue_from_numpy(weight)
            for name, weight in zip(names, weights, strict=True)
            if name
        }
        options.add_external_initializers(list(values), list(values.values()))
        try:
            session = onnxruntime.InferenceSession(serialised, options, providers=["CPUExecutionProvider"])
        except (errors.Fail, errors.InvalidGraph, errors.NotImplemented) as error:
            raise RuntimeError(f"ONNX Runtime: {error}") from error
        ids_name, mask_name = (given.name for given in session.get_inputs())

        def run(ids: IntArray, mask: IntArray) -> FloatArray:
            return np.asarray(session.run(None, {ids_name: ids, mask_name: mask})[0])

        return run


def _elsewhere(given: ValueInfoProto) -> TensorProto:
    """A weight that is handed over in memory when a session begins."""
    shape = [side.dim_value for side in given.type.tensor_type.shape.dim]
    weight = TensorProto(name=given.name, data_type=given.type.tensor_type.elem_type, dims=shape)
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="handed over")
    return weight
