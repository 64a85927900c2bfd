"""Where pages find their template and the style that all of them share."""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template

from .values import as_key


def page_template(package: str, name: str) -> Template:
    """Return a template of `package`.

    It may include "style.css"; `name | as_key` is a part of a path; text is escaped; what is undefined is an error.
    """
    loader = ChoiceLoader([PackageLoader(package, "."), PackageLoader(__package__, ".")])
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["as_key"] = as_key
    return environment.get_template(name)
