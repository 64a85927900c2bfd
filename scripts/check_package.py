"""Check the plugin's zip as the plugin repository does when it is uploaded (https://plugins.qgis.org/docs/).

The repository refuses a package for its structure or metadata, and blocks it for findings of bandit or detect-secrets.
flake8 and qgis-plugin-analyzer inform. The tools come with `pip install icemargin[check]`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Sequence

from package_rules import URL_FIELDS, metadata_faults, structure_faults

ROOT = Path(__file__).resolve().parents[1]
BANDIT_LEFT_OUT = "B404,B411"
"""Imports as such (subprocess, xmlrpc): the repository has switched these rules off."""
ANALYZER_INFORMS = ("MISSING_I18N", "MISSING_DOCSTRING", "MAGIC_NUMBER")
"""The analyzer counts every text of the core and the command line, private names and formula numbers."""


def run_json(folder: Path, *command: str) -> Any:
    """Run a tool in `folder` and return the JSON that it prints. Raises SystemExit where it prints none."""
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    try:
        return json.loads(run.stdout)
    except ValueError:
        raise SystemExit(f"{' '.join(command[:4])} did not run:\n{run.stdout[-500:]}{run.stderr[-2000:]}") from None


def bandit_faults(folder: Path) -> List[str]:
    """Return what bandit finds in all files."""
    tool = (sys.executable, "-m", "bandit")
    found = run_json(folder, *tool, "-r", ".", "-f", "json", "--quiet", "--skip", BANDIT_LEFT_OUT)
    lines = [f"{at['filename']}:{at['line_number']}: {at['test_id']} {at['issue_text']}" for at in found["results"]]
    return [*lines, *(f"bandit could not read {at['filename']}: {at['reason']}" for at in found["errors"])]


def secret_faults(folder: Path) -> List[str]:
    """Return what detect-secrets takes for passwords and keys."""
    tool = (sys.executable, "-m", "detect_secrets")
    found = run_json(folder, *tool, "scan", "--all-files", "--exclude-files", r"metadata\.txt", ".")
    return [f"{path}:{at['line_number']}: {at['type']}" for path, all_at in found["results"].items() for at in all_at]


def flake8_faults(folder: Path) -> List[str]:
    """Return what flake8 finds with our profile (.flake8), which is stricter than the repository's selection."""
    command = [sys.executable, "-m", "flake8", "--config", str(ROOT / ".flake8"), "."]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1) or run.stderr:
        raise SystemExit(f"flake8 did not run:\n{run.stderr[-2000:]}")
    return run.stdout.splitlines()


def analyzer_report(folder: Path, out: Path) -> Dict[str, Any]:
    """Return the report of qgis-plugin-analyzer."""
    tool = str(Path(sys.executable).with_name("qgis-analyzer"))
    options = ("--linters", "none", "--no-cache", "--json", "-o", str(out))
    report: Dict[str, Any] = run_json(folder.parent, tool, "analyze", folder.name, *options)
    return report


def analyzer_faults(report: Dict[str, Any]) -> List[str]:
    """Return what the analyzer has against a publication: security, binaries, folder name, metadata."""
    faults = [f"security: {finding}" for finding in report["security"]["findings"]]
    compliance = report["repository_compliance"]
    faults += [f"binary: {name}" for name in compliance["binaries"]] + list(compliance["constraint_errors"])
    issues = report["qgis_compliance"]["best_practices"]["issues"]
    return faults + [issue["message"] for issue in issues if str(issue["type"]).startswith("METADATA")]


def print_analysis(report: Dict[str, Any]) -> None:
    """Tell what the analyzer counts; single lines only of what is worth a look."""
    issues = report["qgis_compliance"]["best_practices"]["issues"]
    kinds = [str(issue["type"]) for issue in issues]
    counts = ", ".join(f"{kind} {kinds.count(kind)}" for kind in sorted(set(kinds)))
    print(f"qgis-plugin-analyzer {report['analyzer_version']}: security {report['security']['score']:g}; {counts}")
    for issue in issues:
        if issue["type"] not in ANALYZER_INFORMS:
            print(f"    {issue['file']}:{issue['line']}: {issue['type']} {issue['message']}")


def link_faults(metadata: Dict[str, str]) -> List[str]:
    """Return which links of the metadata do not answer: the repository asks each."""
    faults = []
    for field in URL_FIELDS:
        request = urllib.request.Request(metadata[field], method="HEAD")
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except (urllib.error.URLError, TimeoutError) as error:
            faults.append(f"{field}={metadata[field]} does not answer: {error}")
    return faults


def check(path: Path, online: bool) -> List[str]:
    """Return everything that stands against an upload."""
    faults = structure_faults(path)
    metadata, said = metadata_faults(path)
    faults += said
    if online:
        faults += link_faults(metadata)
    with tempfile.TemporaryDirectory() as temporary:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(temporary)
        folder = next(Path(temporary).iterdir())
        for name, tool in {"bandit": bandit_faults, "detect-secrets": secret_faults, "flake8": flake8_faults}.items():
            found = tool(folder)
            print(f"{name}: {len(found)} findings")
            faults += [f"{name}: {line}" for line in found]
        report = analyzer_report(folder, Path(temporary) / "analysis")
        print_analysis(report)
    return faults + [f"qgis-plugin-analyzer: {line}" for line in analyzer_faults(report)]


def main(arguments: Sequence[str] = ()) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, metavar="ICEMARGIN.zip")
    parser.add_argument("--online", action="store_true", help="ask the links of the metadata too")
    parsed = parser.parse_args(arguments or None)
    faults = check(parsed.package, parsed.online)
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    print(f"{parsed.package.name}: {'not fit for upload' if faults else 'fit for upload'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
