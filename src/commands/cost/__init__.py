"""The monthly cost of an environment, computed from its Terraform JSON.

Quantities come from the stacks (`pricers`), what only traffic decides from a file per environment
(`usage`), prices from one table (`prices`). A resource that nobody has priced is an error that
names it. `python -m commands.cost` prints the result; docs/cost.md says how to read it.
"""
