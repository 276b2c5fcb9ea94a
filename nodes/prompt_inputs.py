"""The inputs of Prompt to Workflow, in the order in which an artist needs them.

First what is to be seen, then the menus, which go before what the prompt says, then seed and candidates; the rest is
advanced. All but the prompt are optional, so that the order is kept (ComfyUI shows optional inputs after the others),
and prompts in API format that were saved before an input existed still run.

ComfyUI's frontend restores the widgets of a saved workflow by their position alone: whoever changes the order puts the
one before into web/nodes/prompt_to_workflow.mjs.
"""

from __future__ import annotations

from collections.abc import Iterator

from comfy_api.latest import io

from ..workflow.api_format import MAXIMUM_SEED
from ..workflow.ask.choices import AUTO, QUALITY_CHOICES, SHAPE_CHOICES, STYLE_CHOICES
from .load_policy import PolicyType
from .load_reward import RewardType
from .menus import FileMenu, lora_menu, model_menu, upscale_menu

USE = "use"
"""The option of `ratings` by which these join in."""


def prompt_inputs() -> list[io.Input]:
    """Return all inputs, in order."""
    return [
        io.String.Input("prompt", multiline=True, default="", tooltip="What the picture shall show."),
        *_corrections(),
        *_drawing(),
        *(_advanced(widget) for widget in (*_sampling(), *_limits(), *_ratings())),
        _for_clients(),
    ]


def _corrections() -> Iterator[io.Input]:
    """Yield what a person sets in place of what the prompt says."""
    yield io.Combo.Input(
        "shape",
        options=list(SHAPE_CHOICES),
        default=AUTO,
        optional=True,
        tooltip="The shape of the picture; auto: as the prompt says.",
    )
    yield io.Combo.Input(
        "style",
        options=list(STYLE_CHOICES),
        default=AUTO,
        optional=True,
        tooltip="What the picture is to look like, for which a model that is good at it is chosen; auto: as the prompt "
        "says.",
    )
    yield io.Combo.Input(
        "quality",
        options=list(QUALITY_CHOICES),
        default=AUTO,
        optional=True,
        tooltip="How much time the picture may take; auto: as the prompt says.",
    )
    yield FileMenu(
        "model", model_menu, optional=True, tooltip="A model, or any of a family; auto: one that fits the prompt."
    )
    yield FileMenu(
        "lora", lora_menu, optional=True, tooltip="A LoRA to use; auto: one that fits, if any; none: no LoRA at all."
    )
    yield FileMenu(
        "upscale",
        upscale_menu,
        optional=True,
        tooltip="Whether the picture is enlarged, how many times a side, or with which upscale model.",
    )
    yield io.String.Input(
        "negative", default="", optional=True, tooltip="What the picture must not show, in models that take this."
    )


def _drawing() -> Iterator[io.Input]:
    """Yield seed, candidates, and what is linked."""
    yield io.Int.Input(
        "seed",
        default=0,
        min=0,
        max=MAXIMUM_SEED,
        optional=True,
        control_after_generate=True,
        tooltip="The same seed gives the same workflows. It is also the noise seed of the first candidate.",
    )
    yield io.Int.Input(
        "candidates",
        default=1,
        min=1,
        max=16,
        optional=True,
        tooltip="How many workflows to write. They are ranked, the best first.",
    )
    yield PolicyType.Input(
        "policy",
        optional=True,
        tooltip="From Load Policy. Without a link, the policy that comes with Nodewright.",
    )
    yield RewardType.Input(
        "reward",
        optional=True,
        tooltip="From Load Reward, which ranks the candidates by predicted quality. Without a link, they are ranked by "
        "how likely the policy finds their choices.",
    )


def _sampling() -> Iterator[io.WidgetInput]:
    """Yield how the policy's choices are drawn and ranked."""
    yield io.Float.Input(
        "temperature",
        default=0.5,
        min=0.0,
        max=2.0,
        step=0.05,
        optional=True,
        tooltip="0 takes the likeliest choice each time; a higher temperature makes workflows more varied.",
    )
    yield io.Float.Input(
        "top_p",
        default=0.95,
        min=0.01,
        max=1.0,
        step=0.01,
        optional=True,
        tooltip="Draws from the fewest likeliest choices that hold this much probability.",
    )
    yield io.Float.Input(
        "guidance_scale",
        default=1.0,
        min=0.0,
        max=10.0,
        step=0.1,
        optional=True,
        tooltip="How far to follow the tuning: 1 is the tuned policy, 0 the one before tuning, and more than 1 "
        "exaggerates what tuning changed. A policy that was not tuned takes only 0 and 1.",
    )
    yield io.Float.Input(
        "kappa",
        default=1.0,
        min=0.0,
        max=10.0,
        step=0.1,
        optional=True,
        tooltip="With a reward, the standard deviations of its members that are taken off the mean before the "
        "candidates are ranked.",
    )


def _limits() -> Iterator[io.WidgetInput]:
    """Yield what every workflow must keep to."""
    yield io.String.Input(
        "families",
        default="",
        optional=True,
        tooltip="Model families to choose from, separated by commas: sdxl, flux, ... Empty: any.",
    )
    yield io.Int.Input("max_nodes", default=24, min=1, max=100, optional=True, tooltip="The most nodes of a workflow.")
    yield io.Float.Input(
        "max_megapixels",
        default=4.2,
        min=0.0,
        max=256.0,
        step=0.005,  # the frontend rounds to as many digits, and a small number must not become 0
        optional=True,
        tooltip="The largest picture anywhere in the workflow, in millions of pixels; 0: any size. Only an upscale "
        "model's picture that is scaled down right after may be larger.",
    )
    yield io.String.Input(
        "required",
        default="",
        optional=True,
        tooltip="Node classes that must occur, separated by commas: LoraLoader, ...",
    )
    yield io.String.Input(
        "forbidden", default="", optional=True, tooltip="Node classes that must not occur, separated by commas."
    )
    yield io.String.Input(
        "ends_in",
        default="",
        optional=True,
        tooltip="Output node classes to choose from: PreviewImage, ... Empty: SaveImage.",
    )


def _ratings() -> Iterator[io.WidgetInput]:
    """Yield whether what was learned from the user's ratings joins in the ranking."""
    yield io.Combo.Input(
        "ratings",
        options=[USE, "ignore"],
        default=USE,
        optional=True,
        tooltip="Whether what was learned from your ratings joins in the ranking of candidates.",
    )


def _for_clients() -> io.WidgetInput:
    """Return what a client sets that shows the workflows by itself. The canvas does not show it."""
    widget: io.WidgetInput = io.Boolean.Input(
        "cards",
        default=False,
        optional=True,
        socketless=True,
        tooltip="For clients that show the workflows as cards: the reward model that comes with Nodewright ranks them "
        "where it has evidence, the first one is sent ahead, and what cannot be written is a result instead of an "
        "error.",
    )
    widget.extra_dict = {"hidden": True}
    return widget


def _advanced(widget: io.WidgetInput) -> io.WidgetInput:
    """Return the widget, shown only with "Show advanced inputs"; inputs of ComfyUI 0.3.75 have no parameter for it."""
    widget.extra_dict = {"advanced": True}
    return widget
