"""What the doctor found: one finding a line, each with a state, a fact and, unless it is fine, what to do."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Callable, Tuple

OK, DOUBT, BAD = "ok", "doubt", "bad"
CLASSIC = "Classic method"
"""The finding that decides: where it is not bad, glaciers can be mapped."""


@dataclass(frozen=True)
class Finding:
    """One line: `state` "ok", "doubt" (it works, but look here) or "bad" (it does not); `advice` says what to do."""

    name: str
    state: str
    fact: str
    advice: str = ""

    def __post_init__(self) -> None:
        if self.state not in (OK, DOUBT, BAD):
            raise ValueError(f"A finding is ok, doubt or bad, not {self.state!r}.")
        if self.state != OK and not self.advice:
            raise ValueError(f"{self.name}: a finding that is not fine must say what to do.")


@dataclass(frozen=True)
class Report:
    """All findings, in the order in which they are read."""

    version: str
    findings: Tuple[Finding, ...]

    @property
    def works(self) -> bool:
        """True if glaciers can be mapped at least by the classic method."""
        return any(finding.name == CLASSIC and finding.state != BAD for finding in self.findings)

    @property
    def headline(self) -> str:
        """One sentence on the whole."""
        bad, doubt = (sum(finding.state == state for finding in self.findings) for state in (BAD, DOUBT))
        if not self.works:
            return "Mapping does not work; the lines marked bad say what to do."
        if bad:
            return f"Mapping works by the classic method; {_lines(bad)} bad."
        if doubt:
            return f"Mapping works; {_lines(doubt)} worth a look."
        return "Everything works."

    def redacted(self, redact: Callable[[str], str]) -> Report:
        """Return the report with facts and advice passed through `redact`; names and states are our own words."""
        findings = (
            replace(finding, fact=redact(finding.fact), advice=redact(finding.advice)) for finding in self.findings
        )
        return replace(self, findings=tuple(findings))

    def to_text(self) -> str:
        """Return the report for people and bug reports."""
        width = max((len(finding.name) for finding in self.findings), default=0) + 1
        lines = [f"IceMargin {self.version}: {self.headline}", ""]
        for finding in self.findings:
            lines.append(f"[{finding.state:^5}] {finding.name + ':':{width}} {finding.fact}")
            if finding.advice:
                lines.append(f"{'':{width + 9}}-> {finding.advice}")
        return "\n".join(lines)

    def to_json(self) -> str:
        """Return the report for programs: version, works, headline, findings."""
        values = {"version": self.version, "works": self.works, "headline": self.headline}
        findings = [asdict(finding) for finding in self.findings]
        return json.dumps({**values, "findings": findings}, indent=2, ensure_ascii=False)


def _lines(count: int) -> str:
    return "1 line is" if count == 1 else f"{count} lines are"
