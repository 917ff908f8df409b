"""Names to functions: a component is named in YAML, its settings are checked against its own signature."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from text_al.errors import TextALError
from text_al.sentences import did_you_mean as did_you_mean
from text_al.sentences import problem_sentence as problem_sentence

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Entry:
    """A registered function, what it needs and claims, and a model of its settings from its signature."""

    name: str
    function: Callable[..., Any]
    needs: frozenset[str] = frozenset()
    kind: str = ""
    claims: frozenset[str] = frozenset()

    @cached_property
    def settings_model(self) -> type[BaseModel]:
        """Keyword-only parameters as a pydantic model that forbids unknown keys."""
        hints = get_type_hints(self.function, include_extras=True)
        fields: dict[str, Any] = {}
        for name, parameter in self._settings.items():
            default = ... if parameter.default is inspect.Parameter.empty else parameter.default
            fields[name] = (hints.get(name, Any), default)
        return create_model(f"{self.name} settings", __config__=ConfigDict(extra="forbid"), **fields)

    @property
    def _settings(self) -> dict[str, inspect.Parameter]:
        """Keyword-only parameters that YAML may set; a leading underscore marks what `assemble` hands in."""
        parameters = inspect.signature(self.function).parameters
        return {
            name: parameter
            for name, parameter in parameters.items()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not name.startswith("_")
        }

    @property
    def setting_names(self) -> tuple[str, ...]:
        """The settings' names, in the order of the signature."""
        return tuple(self._settings)

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").split("\n", 1)[0]

    def said(self, word: str) -> str:
        """What the docstring says behind a line's first word, such as "Cost:"; "" where it says nothing."""
        lines = (inspect.getdoc(self.function) or "").splitlines()
        found = (
            line.strip().removeprefix(f"{word}:") for line in lines if line.strip().startswith(f"{word}:")
        )
        return next(found, "").strip()

    def check(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The settings as their annotated types, defaults included.

        Raises:
            SettingsError: with every problem, each as (setting, sentence).
        """
        try:
            model = self.settings_model.model_validate(dict(settings))
        except ValidationError as error:
            problems = [
                (".".join(str(part) for part in item["loc"]), problem_sentence(item, self.setting_names))
                for item in error.errors()
            ]
            raise SettingsError(self.name, problems) from None
        return {name: getattr(model, name) for name in self.setting_names}

    def build(self, settings: Mapping[str, Any], **known: Any) -> Any:
        """Calls the function with its settings, and with what it asks of `known` by an underscored name.

        Args:
            settings: as in YAML.
            known: what the rest of the program can hand in: `seed` goes to a parameter `_seed`.

        Raises:
            SettingsError: the settings do not fit.
        """
        asked = inspect.signature(self.function).parameters
        handed = {f"_{name}": value for name, value in known.items() if f"_{name}" in asked}
        return self.function(**self.check(settings), **handed)


class SettingsError(TextALError):
    """Settings that do not fit the function they are for; `problems` holds (setting, sentence) pairs."""

    def __init__(self, name: str, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        super().__init__(f"{name}: " + "; ".join(f"{setting}: {sentence}" for setting, sentence in problems))


class UnknownNameError(TextALError):
    """A name that nothing is registered under."""


class Registry(Generic[F]):
    """All components of one kind by name.

    Args:
        what: the kind in words, for example "strategy".
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self._entries: dict[str, Entry] = {}

    def register(
        self, name: str, *, needs: Iterable[str] = (), kind: str = "", claims: Iterable[str] = ()
    ) -> Callable[[F], F]:
        """A decorator that registers a function under `name`.

        Args:
            name: what YAML calls it.
            needs: what it must be handed.
            kind: which contract it keeps, where the registry knows several.
            claims: what it promises beyond its contract; tests hold it to that.

        Raises:
            TextALError: the name is taken by another function.
        """

        def add(function: F) -> F:
            taken = self._entries.get(name)
            if taken is not None and taken.function.__qualname__ != function.__qualname__:
                raise TextALError(
                    f"{self.what} '{name}' is registered already, by {taken.function.__module__}"
                )
            self._entries[name] = Entry(name, function, frozenset(needs), kind, frozenset(claims))
            return function

        return add

    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted(self._entries))

    def entry(self, name: str) -> Entry:
        """What is registered under `name`.

        Raises:
            UnknownNameError: nothing is; the message says what exists.
        """
        if name not in self._entries:
            raise UnknownNameError(f"no {self.what} is called '{name}'. {did_you_mean(name, self.names())}")
        return self._entries[name]
