"""The installed models: built-in, imported from published weights, and the user's own ONNX files."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

from .. import __version__
from ..inference.classic import classic_description
from ..inference.errors import ModelError, OutputError
from ..inference.model import REGIONS, ModelDescription
from ..inference.onnx_metadata import read_description
from ..inference.progress import Progress
from ..inference.request import ClassicSettings
from .checking import Verify
from .files import SUFFIX, free_name, sha256_of
from .folders import models_folder
from .index import Record, changing_index, read_index, unwritable, write_index

CLASSIC = "classic"
BUILT_IN, IMPORTED, OWN = "built-in", "imported", "own"
SHIPPED = Path(__file__).resolve().parent.parent / "resources" / "models"

CHANGED = "its file has changed since it was added (another checksum); remove it and import it again"
_STAGING = ".import-"
_DAY = 24 * 3600.0


@dataclass(frozen=True)
class Model:
    """One model that can be chosen: `path` is what a request's `model` takes, `size` is in bytes.

    `checked` names what passed its golden patch ("" : not checked); `problem` is why it is not offered ("" : it is).
    """

    name: str
    path: str
    kind: str
    description: Optional[ModelDescription]
    sha256: str = ""
    size: int = 0
    checked: str = ""
    problem: str = ""


class ModelStore:
    """The models of a folder (None: the user's) and those that ship (None: with IceMargin).

    Methods that change something raise OutputError where the folder cannot be written, and ModelError for a name
    that is not there or must stay. Any number of processes may use a folder at once.
    """

    def __init__(self, folder: Optional[Path] = None, shipped: Optional[Path] = None) -> None:
        self.folder = models_folder() if folder is None else folder
        self._shipped = SHIPPED if shipped is None else shipped

    def models(self) -> List[Model]:
        """Return all models, the classic method first; the unsound ones too, with their problem."""
        index, files = read_index(self.folder), self._files()
        looks = {key: self._look(path, kind, index.records.get(key)) for key, path, kind in files}
        records = {key: record for key, (record, _) in looks.items() if record is not None}
        if any(index.records.get(key) != record for key, record in records.items()):
            with contextlib.suppress(OutputError):  # a folder that is only read from is listed all the same
                self._note(records)
        models = [_model(path, kind, records[key], looks[key][1]) for key, path, kind in files if key in records]
        return [Model(CLASSIC, CLASSIC, BUILT_IN, classic_description(ClassicSettings())), *models]

    def offered(self) -> List[Model]:
        """Return the models that nothing is known against."""
        return [model for model in self.models() if not model.problem]

    def find(self, name: str) -> Model:
        """Return the model of that name. Raises ModelError, which names those that are there."""
        models = {model.name: model for model in self.models()}
        if name not in models:
            raise ModelError(f"There is no model {name!r}; installed are {', '.join(models)}.")
        return models[name]

    @contextlib.contextmanager
    def staging(self) -> Iterator[Path]:
        """Yield a folder in which a new model is made; it goes with all that is in it, whatever happens."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _remove_leftovers(self.folder)
            folder = Path(tempfile.mkdtemp(prefix=_STAGING, dir=self.folder))
        except OSError as error:
            raise unwritable(self.folder, error) from error
        try:
            yield folder
        except OSError as error:
            raise unwritable(self.folder, error) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def adopt(self, staged: Path, kind: str, name: str, checked: str = "") -> Model:
        """Take a finished file into the list under a free name like `name`; the same file is taken only once."""
        read_description(str(staged))
        digest, status = sha256_of(staged), staged.stat()
        record = Record(digest, status.st_size, status.st_mtime_ns, kind, checked)
        with changing_index(self.folder) as index:
            own = {key: path for key, path, origin in self._files() if origin != BUILT_IN}
            twins = (key for key in own if key in index.records and index.records[key].sha256 == digest)
            twin = next(twins, None)
            if twin is not None:
                record = replace(record, kind=index.records[twin].kind)
            key = twin or free_name(name, {CLASSIC, *(path.stem for _, path, _ in self._files())})
            target = self.folder / (key + SUFFIX)
            previous = index.records.get(key)
            index.records[key] = record
            write_index(self.folder, index)  # before the file: one without a record would be listed as a stranger
            try:
                os.replace(staged, target)
            except OSError as error:
                index.records = _with(index.records, key, previous)
                write_index(self.folder, index)
                raise unwritable(self.folder, error) from error
        return _model(target, kind, record, "")

    def remove(self, name: str) -> None:
        """Delete a model that was imported or added, and what is noted of it."""
        model = self.find(name)
        if model.kind == BUILT_IN:
            raise ModelError(f"{name} comes with IceMargin and stays; imported and own models can be removed.")
        with changing_index(self.folder) as index:
            try:
                Path(model.path).unlink()
            except FileNotFoundError:
                pass
            except OSError as error:
                raise OutputError(
                    f"{model.path} cannot be removed ({error.strerror}); close what uses it and try again."
                ) from error
            index.records.pop(name, None)
            index.defaults = {region: other for region, other in index.defaults.items() if other != name}

    def check(self, name: str, verify: Verify, progress: Progress) -> Model:
        """Compare checksum and golden patch, note how it ended, and return the model as it is now."""
        model = self.find(name)
        if model.kind == BUILT_IN and model.path == CLASSIC:
            return model
        key = _key(Path(model.path), model.kind)
        record = read_index(self.folder).records.get(key)
        _, problem = self._look(Path(model.path), model.kind, record, again=True)
        if problem:
            return replace(model, problem=problem)
        checked = ""
        try:
            checked = verify(model.path, progress)
        except ModelError as error:
            problem = str(error)
        with changing_index(self.folder) as index:
            if key in index.records:  # else it was removed meanwhile
                index.records[key] = replace(index.records[key], checked=checked, problem=problem)
        return replace(model, checked=checked, problem=problem)

    def set_default(self, region: str, name: str) -> None:
        """Choose the model that is proposed in a region ("unknown": everywhere else); "" takes the choice back."""
        if region not in REGIONS:
            raise ModelError(f"Unknown region {region!r}; the names are {', '.join(REGIONS)}.")
        if name and self.find(name).problem:
            raise ModelError(f"{name} cannot be a default: {self.find(name).problem}.")
        with changing_index(self.folder) as index:
            index.defaults.pop(region, None)
            if name:
                index.defaults[region] = name

    def defaults(self) -> Dict[str, str]:
        """Return the chosen models by region."""
        return dict(read_index(self.folder).defaults)

    def default_for(self, region: str) -> str:
        """Return the name of the model to propose in `region`, "" where none was chosen or it is not offered."""
        chosen, offered = self.defaults(), {model.name for model in self.offered()}
        return next((chosen[key] for key in (region, "unknown") if chosen.get(key) in offered), "")

    def _files(self) -> List[Tuple[str, Path, str]]:
        """Return key in the index, path and default kind of each model file."""
        files = [(path, BUILT_IN) for path in _by_name(self._shipped)]
        files += [(path, OWN) for path in _by_name(self.folder)]
        return [(_key(path, kind), path, kind) for path, kind in files]

    def _note(self, records: Dict[str, Record]) -> None:
        with changing_index(self.folder) as index:
            for key, record in records.items():
                index.records.setdefault(key, record)
                if index.records[key].sha256 == record.sha256:  # else another process has just replaced it
                    index.records[key] = replace(index.records[key], size=record.size, mtime_ns=record.mtime_ns)

    def _look(
        self, path: Path, kind: str, record: Optional[Record], again: bool = False
    ) -> Tuple[Optional[Record], str]:
        """Return what is to be noted of a file (None: it is gone), and "" or that it has changed."""
        try:
            status = path.stat()
            if record and not again and (record.size, record.mtime_ns) == (status.st_size, status.st_mtime_ns):
                return record, ""
            digest = sha256_of(path)
        except OSError:
            return None, ""
        if record is None:
            return Record(digest, status.st_size, status.st_mtime_ns, kind), ""
        if record.sha256 != digest:
            return record, CHANGED
        return replace(record, size=status.st_size, mtime_ns=status.st_mtime_ns), ""


def is_path(text: str) -> bool:
    """Tell whether a user's text means a file rather than an installed model's name."""
    return text != CLASSIC and (text.endswith(SUFFIX) or os.path.dirname(text) != "" or os.path.isfile(text))


def resolve_model(text: str, folder: Optional[Path] = None) -> str:
    """Return what a request's `model` takes for what a user typed: an installed model's name, or a file's path.

    Raises ModelError for an unknown name, and for a model that is not offered, with the reason.
    """
    if text == CLASSIC or is_path(text):
        return text
    model = ModelStore(folder).find(text)
    if model.problem:
        raise ModelError(f"Model {text!r} is not used: {model.problem}.")
    return model.path


def _by_name(folder: Path) -> List[Path]:
    paths = (path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))
    return sorted(paths, key=lambda path: path.stem.casefold())


def _key(path: Path, kind: str) -> str:
    """Return the model's name in the index; what ships may change with each version."""
    return f"{BUILT_IN} {__version__}/{path.stem}" if kind == BUILT_IN else path.stem


def _model(path: Path, kind: str, record: Record, problem: str) -> Model:
    description: Optional[ModelDescription] = None
    try:
        description = read_description(str(path))
    except ModelError as error:
        problem = problem or str(error)
    kind = record.kind if kind != BUILT_IN else kind
    problem = problem or record.problem
    return Model(path.stem, str(path), kind, description, record.sha256, record.size, record.checked, problem)


def _with(records: Dict[str, Record], key: str, record: Optional[Record]) -> Dict[str, Record]:
    """Return the records with another one (None: without any) for `key`."""
    others = {other: kept for other, kept in records.items() if other != key}
    return others if record is None else {**others, key: record}


def _remove_leftovers(folder: Path) -> None:
    """Remove what killed imports left; younger folders may belong to one that runs."""
    for leftover in folder.glob(f"{_STAGING}*"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _DAY:
                shutil.rmtree(leftover, ignore_errors=True)
