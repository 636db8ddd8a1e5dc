.PHONY: demo
demo: deps ## install what is missing, build, and show the whole loop on three programs
	@$(MAKE) --no-print-directory all
	@tests/demo/demo.py $(BUILD) $(firstword $(LOADER_EXES))
