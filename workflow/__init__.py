"""The graph language: workflow, catalog, script and grammar. Knows neither torch nor ComfyUI."""
