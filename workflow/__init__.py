"""Workflows without torch and without ComfyUI: the graph, its file formats, the script language and its grammar.

Imports run one way: `graph` <- `families` <- `catalog` <- `script` <- `grammar`. The modules beside these folders come
last, in this order: `user_prompt` and `api_format` (need the graph alone); `widget_values`, `ui_format`,
`saved_picture`, `validate` and `summary` (need a catalog); `rewriting` (needs to know which classes the grammar
offers); and `as_script` (needs all of them). `user_prompt` is what makes a prompt safe.
"""
