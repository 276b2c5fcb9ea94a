"""Remake the files of tests/data. The virtual environment of runs/environment.py has what this needs:

    .environment/venv/bin/python tests/support/make_data.py .environment/comfyui [OBJECT_INFO ...]

Starts that ComfyUI for its object_info, and builds its diffusion models on the meta device for their names and shapes.
Each OBJECT_INFO is a saved answer of another version's GET /object_info, named object_info_VERSION.json.
"""

from __future__ import annotations

import importlib
import json
import lzma
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "data"
# What neither the catalog nor any test reads, and is most of the file.
LEFT_OUT = frozenset(
    {"description", "essentials_category", "has_intermediate_output", "output_tooltips", "price_badge",
     "search_aliases"}
)  # fmt: skip

# The prefix in the checkpoint files of that model, ComfyUI's model class, and its configuration as
# comfy/model_detection.py detects it in the published file (Stable Diffusion 1.5, SDXL base 1.0, Stable Diffusion 3.5
# large, Flux.1 dev, Qwen-Image, Z-Image).
_UNET = {
    "use_checkpoint": False, "image_size": 32, "use_spatial_transformer": True, "legacy": False, "in_channels": 4,
    "out_channels": 4, "model_channels": 320,
}  # fmt: skip
DIFFUSION_MODELS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "sd15": ("model.diffusion_model.", "comfy.ldm.modules.diffusionmodules.openaimodel.UNetModel", {
        **_UNET, "num_res_blocks": [2, 2, 2, 2], "transformer_depth": [1, 1, 1, 1, 1, 1, 0, 0],
        "transformer_depth_output": [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0], "channel_mult": [1, 2, 4, 4],
        "transformer_depth_middle": 1, "context_dim": 768, "num_heads": 8,
    }),
    "sdxl": ("model.diffusion_model.", "comfy.ldm.modules.diffusionmodules.openaimodel.UNetModel", {
        **_UNET, "num_res_blocks": [2, 2, 2], "transformer_depth": [0, 0, 2, 2, 10, 10],
        "transformer_depth_output": [0, 0, 0, 2, 2, 2, 10, 10, 10], "channel_mult": [1, 2, 4],
        "transformer_depth_middle": 10, "use_linear_in_transformer": True, "context_dim": 2048,
        "num_head_channels": 64, "num_classes": "sequential", "adm_in_channels": 2816,
    }),
    "sd35": ("model.diffusion_model.", "comfy.ldm.modules.diffusionmodules.mmdit.OpenAISignatureMMDITWrapper", {
        "in_channels": 16, "patch_size": 2, "out_channels": 16, "depth": 38, "adm_in_channels": 2048,
        "input_size": None, "qk_norm": "rms", "pos_embed_scaling_factor": None, "x_block_self_attn_layers": [],
        "context_embedder_config": {
            "target": "torch.nn.Linear", "params": {"in_features": 4096, "out_features": 2432}
        },
    }),
    "flux": ("", "comfy.ldm.flux.model.Flux", {
        "image_model": "flux", "axes_dim": [16, 56, 56], "num_heads": 24, "mlp_ratio": 4.0, "theta": 10000,
        "out_channels": 16, "qkv_bias": True, "in_channels": 16, "hidden_size": 3072, "context_in_dim": 4096,
        "patch_size": 2, "vec_in_dim": 768, "depth": 19, "depth_single_blocks": 38, "guidance_embed": True,
    }),
    "qwen_image": ("", "comfy.ldm.qwen_image.model.QwenImageTransformer2DModel", {
        "image_model": "qwen_image", "in_channels": 64, "num_layers": 60,
    }),
    "z_image": ("", "comfy.ldm.lumina.model.NextDiT", {
        "image_model": "lumina2", "patch_size": 2, "in_channels": 16, "dim": 3840, "cap_feat_dim": 2560,
        "n_layers": 30, "qk_norm": True, "n_heads": 30, "n_kv_heads": 30, "axes_dims": [32, 48, 48],
        "axes_lens": [1536, 512, 512], "rope_theta": 256.0, "ffn_dim_multiplier": 8 / 3,
        "z_image_modulation": True, "time_scale": 1000.0,
    }),
}  # fmt: skip


def trimmed(info: dict[str, Any]) -> dict[str, Any]:
    """Return `info`, an object_info, without texts for people and without prices."""
    return {
        name: {key: _without_tooltips(value) for key, value in described.items() if key not in LEFT_OUT}
        for name, described in info.items()
    }


def _without_tooltips(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_tooltips(inner)
            for key, inner in value.items()
            if not (key == "tooltip" and (inner is None or isinstance(inner, str)))
        }
    return [_without_tooltips(inner) for inner in value] if isinstance(value, list) else value


def diffusion_model_shapes() -> dict[str, dict[str, list[int]]]:
    """Return model -> tensor name -> shape. ComfyUI's folder must be first on sys.path."""
    import torch

    operations = importlib.import_module("comfy.ops").disable_weight_init
    found: dict[str, dict[str, list[int]]] = {}
    for name, (prefix, path, configuration) in DIFFUSION_MODELS.items():
        module, _, class_name = path.rpartition(".")
        model_class = getattr(importlib.import_module(module), class_name)
        model = model_class(**configuration, device=torch.device("meta"), dtype=torch.float16, operations=operations)
        found[name] = {prefix + key: list(tensor.shape) for key, tensor in model.state_dict().items()}
    return found


def shapes_by_comfyui(comfyui: Path) -> dict[str, dict[str, list[int]]]:
    """Return `diffusion_model_shapes` of the ComfyUI in this folder, by a process of its own."""
    command = [sys.executable, __file__, "--shapes", str(comfyui)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"ComfyUI in {comfyui} could not build its models:\n{done.stderr[-2000:]}")
    shapes: dict[str, dict[str, list[int]]] = json.loads(done.stdout.splitlines()[-1])
    return shapes


def write_compressed(name: str, content: Any) -> None:
    """Write `content` as tests/data/NAME.json.xz."""
    path = DATA / f"{name}.json.xz"
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(lzma.compress(text.encode("utf-8"), preset=9 | lzma.PRESET_EXTREME))
    print(f"{path}: {path.stat().st_size} bytes")


def main(arguments: Sequence[str]) -> None:
    """Run as the module's first lines describe."""
    if arguments[0] == "--shapes":
        sys.path[:] = [arguments[1], *(entry for entry in sys.path if entry != str(Path(__file__).parent))]
        sys.argv = ["main.py", "--cpu"]
        importlib.import_module("comfy.options").enable_args_parsing()
        print(json.dumps(diffusion_model_shapes()))
        return
    comfyui, *saved = map(Path, arguments)
    sys.path.append(str(DATA.parent.parent / "runs"))
    from comfyui_process import ComfyUI

    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as base,
        ComfyUI(comfyui.resolve(), Path(base)) as server,
    ):
        info: Any = server.get("/object_info")
        stats: Any = server.get("/system_stats")
    write_compressed(f"object_info_{stats['system']['comfyui_version']}", trimmed(info))
    for path in saved:
        write_compressed(path.stem, trimmed(json.loads(path.read_text(encoding="utf-8"))))
    write_compressed("diffusion_models", shapes_by_comfyui(comfyui))


if __name__ == "__main__":
    main(sys.argv[1:])
