# The generated tables of formats/cpython/v3xx, made from the Pythons found (PYTHONS= overrides).
.PHONY: regen check-regen
regen: ## rewrite the tables made from each Python and its headers
	tools/gen/regen.sh $$(tests/unit/find_pythons.sh)

check-regen: ## are the checked-in tables what each Python gives?
	tools/gen/regen.sh --check $$(tests/unit/find_pythons.sh)
