"""The synthetic text encoder: its closed form is what the real CLIP code computes from its weights."""

from __future__ import annotations

import torch
import transformers

from nodewright.miniature import text

PROMPTS = ["a red circle on a blue background", "", "masterpiece, best quality, one tiny green star, polka dots."]


def _tokens(prompts: list[str]) -> torch.Tensor:
    return torch.tensor([text.pad(text.encode(prompt), text.LENGTH) for prompt in prompts])


def test_the_encoder_has_the_shapes_of_clip_l() -> None:
    tensors = text.state_dict(text.synthetic_clip())
    assert tensors["text_model.embeddings.token_embedding.weight"].shape == (49_408, 768)
    assert tensors["text_model.encoder.layers.11.mlp.fc1.weight"].shape == (3072, 768)
    assert len(tensors) == 2 + 2 + 1 + 12 * 16
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    stored = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors.values()}
    assert sum(stored.values()) < 1_500_000


def test_the_closed_form_is_what_transformers_computes() -> None:
    config = transformers.CLIPTextConfig(
        vocab_size=49_408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
        projection_dim=768, hidden_act="quick_gelu", eos_token_id=49_407, bos_token_id=49_406,
    )  # fmt: skip
    clip = text.synthetic_clip()
    with torch.device("meta"):
        model = transformers.CLIPTextModelWithProjection(config)
    tensors = {key: value.float() for key, value in text.state_dict(clip).items()}
    model.load_state_dict(tensors, assign=True, strict=False)
    model.text_model.embeddings.position_ids = torch.arange(text.LENGTH)[None]
    tokens = _tokens(PROMPTS)
    with torch.inference_mode():
        output = model.eval()(input_ids=tokens, output_hidden_states=True)
    context, pooled = text.condition(clip, tokens)
    torch.testing.assert_close(output.hidden_states[-2], context, atol=0, rtol=0)
    torch.testing.assert_close(output.text_embeds, pooled, atol=2e-6, rtol=0)


def test_tokens_are_those_of_comfyuis_tokenizer(comfyui_modules: None) -> None:
    from comfy.sd1_clip import SDTokenizer

    tokenizer = SDTokenizer()
    for prompt in PROMPTS:
        theirs = [token for token, _ in tokenizer.tokenize_with_weights(prompt)[0]]
        assert theirs == text.pad(text.encode(prompt), text.LENGTH)


def test_a_shorter_context_changes_neither_words_nor_pooled_output() -> None:
    clip, tokens = text.synthetic_clip(), _tokens(PROMPTS[:2])
    context, pooled = text.condition(clip, tokens)
    short, short_pooled = text.condition(clip, tokens[:, :24])
    torch.testing.assert_close(short, context[:, :24], atol=0, rtol=0)
    torch.testing.assert_close(short_pooled, pooled)


def test_too_long_a_prompt_is_cut_before_its_end_token() -> None:
    ids = text.pad(text.encode("red " * 100), text.LENGTH)
    assert len(ids) == 77
    assert (ids[0], ids[-1], ids.count(text.END)) == (text.START, text.END, 1)
