# What can be done with a checkout. Everything installs what it needs (Debian or Ubuntu; elsewhere see README.md).
SHELL := bash
PYTHON := .venv/bin/python
# Tests and QGIS's own tools need no screen.
HEADLESS := QT_QPA_PLATFORM=offscreen XDG_RUNTIME_DIR=$(CURDIR)/build/runtime
PACKAGES := algorithms inference inventory weights scenes models tasks diagnosis maptools ui commands reports training cli plugin
DEMO := demo

.PHONY: setup setup-test demo qgis install uninstall test test-unit test-all lint types bench train-bundled pictures package wheelhouse clean

setup:
	scripts/setup.sh import inventory report

setup-test:
	scripts/setup.sh import inventory report train test

# make demo [MODEL=file.onnx] [DATA=folder]
demo: setup
	$(PYTHON) scripts/demo.py --out $(DEMO) $(if $(MODEL),--model "$(MODEL)") $(if $(DATA),--data "$(DATA)")

qgis: setup
	@[ -e $(DEMO)/outlines.gpkg ] || $(MAKE) demo
	$(PYTHON) scripts/install.py --profiles build/qgis/profiles
	qgis --profiles-path build/qgis --profile default --nologo --code scripts/desktop/open_result.py

install: setup
	$(PYTHON) scripts/install.py

uninstall:
	$(PYTHON) scripts/install.py --remove

test: setup-test lint types
	@mkdir -p -m 700 build/runtime
	$(HEADLESS) $(PYTHON) -m pytest -m "not slow"

# The slow tests set the runtime up from a wheelhouse, in a real QGIS under a virtual screen.
test-all: setup-test wheelhouse lint types
	scripts/setup_desktop.sh
	@mkdir -p -m 700 build/runtime
	$(HEADLESS) $(PYTHON) -m pytest

# Without QGIS: plain Python, numpy and GDAL.
test-unit: setup-test
	$(PYTHON) -m pytest -m "not slow" -p no:pytest_qgis -p no:pytest-qt tests/unit

lint:
	$(PYTHON) -m ruff check .

# mypy wants the package under its own name, whatever the checkout is called.
types:
	@mkdir -p build/types && ln -sfn ../.. build/types/icemargin
	cd build/types && ../../$(PYTHON) -m mypy --config-file ../../pyproject.toml $(PACKAGES:%=-p icemargin.%)

# The network that ships: data sets, four trainings (two at once, one thread each), scores, calibration, file and card.
# Takes hours; goes on where it was interrupted. make train-bundled [DATA=folder]
BUNDLED := $(PYTHON) -m icemargin.training.bundled
train-bundled: setup-test
	[ -e build/bundled/built ] || { $(BUNDLED) build $(or $(DATA),../shared/data) build/bundled && touch build/bundled/built; }
	printf '%s\n' A C B shipped | OMP_NUM_THREADS=1 xargs -P 2 -I{} $(BUNDLED) learn {} build/bundled
	$(BUNDLED) ship build/bundled

bench: setup-test
	for script in benchmarks/bench_*.py; do $(PYTHON) $$script || exit; done

pictures: setup
	scripts/pictures.sh

# The zip for QGIS's plugin repository, checked as the repository checks it.
package:
	scripts/setup.sh import check
	rm -f dist/icemargin-*.zip
	$(PYTHON) scripts/package.py --out dist
	$(PYTHON) scripts/check_package.py dist/icemargin-*.zip

# The runtime's packages in a folder, for machines without network; each run adds to it:
#   make wheelhouse [PLATFORM=windows-amd64] [BACKEND=cuda] [PYTHONS="3.9 3.12"]
wheelhouse: setup
	$(PYTHON) scripts/wheelhouse.py --out dist/wheelhouse $(if $(PLATFORM),--platform $(PLATFORM)) \
	    $(if $(BACKEND),--backend $(BACKEND)) $(PYTHONS:%=--python %)

clean:
	rm -rf build dist $(DEMO)
