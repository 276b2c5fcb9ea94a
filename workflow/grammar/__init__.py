"""The grammar: the choices that may come next in a script, so that every workflow that can be written runs.

`grammar.py` is the entrance, and `state.py` the choices at one state. `constraints.py` has the user's demands.
`family_scope.py` keeps every file and class, LoRAs included, to the main model's family, `loaders.py` to what the files
hold, and `producers.py` lists the ways to fill a link with them. `explanations.py` has the reasons why no workflow is
possible. `node_budget.py` and `budget_tracking.py` count nodes; `size_rules.py`, `size_limits.py`
and `size_tracking.py` bound the size of pictures. The numbers that an input is offered are in
`workflow/script/values.py`.
"""
