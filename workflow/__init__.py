"""Workflows without torch and without ComfyUI: the graph, its file formats, the script language and its grammar.

Imports run one way: `graph` <- `families` <- `catalog` <- `ask`, `script` <- `sense` <- `grammar`. The other parts
come last, in this order: `user_prompt` and `api_format` (need the graph alone); `picture_sizes`, `picture_text` and
`recommended_settings`; `drafting` (a graph while it is changed), `regions`, `restyling` and `ordered`, which put what
a prompt orders into a finished workflow; `problem`, `ui_graph`, `widget_values`, `pack_rows`, `group_nodes` and
`ui_format` (which read a canvas); `saved_picture`, `validate`, `documents` (any format, in any wrapper), `silly`,
`lora_rows` and `summary` (need a catalog); `rewriting` (needs to know which classes the grammar offers); and
`as_script` (needs all of them). `workflow_facts` and `features` say what a workflow and a script are made of.
`user_prompt` is what makes a prompt safe.
"""
