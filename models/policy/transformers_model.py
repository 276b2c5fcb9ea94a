"""What is done by transformers: reading a model of any architecture, and the forward pass of one.

Importing this module imports transformers, which takes seconds: others import it where they need it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils import logging

_DTYPE = "dtype" if int(transformers.__version__.split(".")[0]) >= 5 else "torch_dtype"


def load_model(
    source: str | Path, *, device: str | torch.device = "cpu", dtype: torch.dtype | None = None, **extra: Any
) -> Any:
    """Load a causal language model in evaluation mode.

    Parameters:
        source: a folder or a hub id.
        device: where to put the model.
        dtype: of the weights; None is float32 on a CPU, and what the weights are stored as elsewhere.
        extra: further arguments of transformers' `from_pretrained`.

    Raises:
        ValueError: when weights are missing from the file, which transformers would draw at random.
        Exception: whatever transformers raises.
    """
    wanted: torch.dtype | str = dtype or (torch.float32 if torch.device(device).type == "cpu" else "auto")
    if "gguf_file" not in extra:
        extra["use_safetensors"] = True
    elif (packed := getattr(transformers, "GgufConfig", None)) is not None:
        # Newer ones would fetch kernels to compute on packed weights. Those could not be trained, saved or moved.
        extra["quantization_config"] = packed(dequantize=True)
    with no_progress_bars():
        model, information = AutoModelForCausalLM.from_pretrained(
            source, trust_remote_code=False, output_loading_info=True, **{_DTYPE: wanted}, **extra
        )
    missing = sorted(information["missing_keys"])
    if missing:
        raise ValueError(f"its weights lack {', '.join(missing[:3])}{' and others' if len(missing) > 3 else ''}")
    if getattr(model, "hf_quantizer", None) is not None and "gguf_file" in extra:
        model.hf_quantizer.remove_quantization_config(model)  # its weights are plain by now
    return model.eval().to(device)


def model_over(weights: Any) -> Any:
    """Return the model of transformers that computes with the weights of a `LlamaWeights`, which calls this.

    The parameters are the same objects: what trains or moves one of the two, trains or moves both.
    """
    config = type(AutoConfig.for_model(weights.config.model_type)).from_dict(weights.config.settings)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, **{_DTYPE: weights.dtype})
    for name, parameter in weights.named_parameters(remove_duplicate=False):
        path, _, last = name.rpartition(".")
        setattr(model.get_submodule(path), last, parameter)
    # Its buffers were made on the meta device, and depend on nothing but the config.
    model.model.rotary_emb = type(model.model.rotary_emb)(config=config)
    model.model.rotary_emb.to(weights.lm_head.weight.device)
    return model.train(weights.training)


@contextmanager
def no_progress_bars() -> Iterator[None]:
    """Keep transformers' progress bars for single files out of ComfyUI's log."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
