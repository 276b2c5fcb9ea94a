"""Record Result: keep a picture's rating on the user's own machine, for the next training."""

from __future__ import annotations

import contextlib
import io as memory
from typing import Any

import torch
from comfy_api.latest import io, ui

from .checks import check_given, refusal
from .given_workflow import linked_part, looks_at_the_graph, read_given
from .ratings import BEST, store_path
from .schemas import schema
from .users import running_user

NODE_ID = "NodewrightRecordResult"
NOT_RATED = -1.0


class NodewrightRecordResult(io.ComfyNode):
    """The node that records prompt, workflow, picture and rating as a triplet. Nothing is sent anywhere."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's inputs and outputs."""
        return schema(
            node_id=NODE_ID,
            display_name="Record Result",
            category="Nodewright",
            description="Records prompt, workflow, picture and rating on this machine, to train a reward model on.",
            search_aliases=["rate picture", "rating", "feedback"],
            is_output_node=True,
            hidden=[io.Hidden.dynprompt, io.Hidden.unique_id],
            inputs=[
                io.Image.Input("image", tooltip="The picture to rate. Of a batch, the first is kept."),
                io.Float.Input(
                    "rating",
                    default=NOT_RATED,
                    min=NOT_RATED,
                    max=BEST,
                    step=0.5,
                    tooltip="0 is useless, 10 could not be better. Below 0, nothing is recorded.",
                ),
                io.String.Input(
                    "prompt",
                    multiline=True,
                    default="",
                    tooltip="What the picture was to show. Empty: the prompt in the workflow itself.",
                ),
                io.String.Input(
                    "workflow",
                    multiline=True,
                    default="",
                    tooltip="The workflow that made the picture, in API format. Empty: the nodes that lead to it.",
                ),
            ],
            outputs=[],
        )

    @classmethod
    async def validate_inputs(cls, workflow: str | None = None) -> bool | str:
        """Return True, or why the text is no workflow. A linked text is None."""
        return await refusal(check_given, workflow)

    @classmethod
    def fingerprint_inputs(cls, workflow: str | None = None, **_: Any) -> str | float:
        """Return NaN, which makes ComfyUI run the node each time, where it works on the graph around it."""
        return float("nan") if looks_at_the_graph(workflow) else ""

    @classmethod
    def execute(cls, image: torch.Tensor, rating: float, prompt: str, workflow: str) -> io.NodeOutput:
        """Record the rating. Raises WorkflowError for a workflow that cannot be read."""
        if rating < 0:
            advice = "not rated, so nothing was kept: set a rating from 0 to 10 and run again, with the same seed"
            return io.NodeOutput(ui=ui.PreviewText(advice))
        from comfyui_version import __version__ as comfyui

        from ..store.triplets import Job, TripletStore
        from ..workflow.grammar.constraints import Constraints
        from ..workflow.grammar.grammar import Grammar
        from ..workflow.graph import WorkflowError
        from .live_catalog import live_catalog

        catalog = live_catalog()
        running, link = None, None
        if looks_at_the_graph(workflow):
            running, link = linked_part(cls.hidden.dynprompt, cls.hidden.unique_id, "image")
        read = read_given(workflow, running, catalog, prompt, link)
        job = Job(read.prompt, read.choices, read.api, read.seed, source="user")
        with TripletStore(store_path(running_user())) as store:
            if catalog.fingerprint not in store.catalogs():
                with contextlib.suppress(WorkflowError):  # none can be written here; the rating counts all the same
                    store.add_catalog(catalog.fingerprint, Grammar(catalog, Constraints()).files)
            store.record_rated(job, rating, png(image[0]), comfyui=comfyui, catalog=catalog.fingerprint)
            count = store.ratings()
        lines = [
            f"recorded: {rating:g} of {BEST:g}",
            f"{count} ratings in nodewright/triplets.db in ComfyUI's user folder",
            *read.notes,
        ]
        return io.NodeOutput(ui=ui.PreviewText("\n".join(lines)))


def png(picture: torch.Tensor) -> bytes:
    """Return a PNG file without any text in it. picture: (height, width, channels), from 0 to 1."""
    from PIL import Image

    pixels = (picture.detach().cpu().float() * 255).round().clamp(0, 255).to(torch.uint8).numpy()
    data = memory.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(data, "PNG")
    return data.getvalue()
