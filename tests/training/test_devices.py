"""Where trainings compute."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from nodewright.training.common.devices import fast_bfloat16, on_cpu


@pytest.mark.parametrize(
    ("cuda", "mac", "processes", "expected"),
    [
        (False, False, "1", True), (False, False, "2", True), (True, False, "1", False), (True, False, "2", False),
        (False, True, "1", False), (False, True, "2", True),
    ],
)  # fmt: skip
def test_a_macs_gpu_is_for_one_process(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mac: bool, processes: str, expected: bool
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mac)
    monkeypatch.setenv("WORLD_SIZE", processes)
    assert on_cpu() is expected


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"architecture": "x86_64", "avx512_f": True, "avx512_bf16": False}, False),
        ({"architecture": "x86_64", "avx512_bf16": True}, True),
        ({"architecture": "x86_64", "amx_bf16": True}, True),
        ({"architecture": "aarch64"}, True),
    ],
)
def test_bfloat16_that_a_processor_only_converts_is_not_fast(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, object], expected: bool
) -> None:
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    monkeypatch.setattr(torch.ops, "mkldnn", SimpleNamespace(_is_mkldnn_bf16_supported=lambda: True))
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert fast_bfloat16(torch.device("cpu")) is expected


def test_without_onednn_bfloat16_is_not_fast_on_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """As torch is built for Macs, where nothing of oneDNN can be asked."""
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    monkeypatch.setattr(torch.ops, "mkldnn", SimpleNamespace())
    assert not fast_bfloat16(torch.device("cpu"))
