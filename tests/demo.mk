.PHONY: demo demo-run
demo: deps ## install what is missing, build, and show the whole loop on three programs
	@$(MAKE) -s --no-print-directory -j$$(nproc) all
	@$(MAKE) -s --no-print-directory demo-run

# By itself, because only a make that starts after deps sees the Pythons and headers that deps installed.
demo-run:
	@tests/demo/demo.py $(BUILD) $(firstword $(LOADER_EXES))
