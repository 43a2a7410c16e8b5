"""Every probe takes part."""

import pkgutil
from importlib import import_module

from sickbay_agent import probes
from sickbay_agent.model.sample import Sample
from sickbay_agent.probes import PROBES


def test_every_module_with_a_probe_is_registered() -> None:
    """A probe that is written but has no line in PROBES would never run."""
    modules = [
        import_module(f"{probes.__name__}.{m.name}") for m in pkgutil.iter_modules(probes.__path__)
    ]
    written = {module.__name__ for module in modules if hasattr(module, "PROBE")}
    registered = {module.__name__ for module in modules if getattr(module, "PROBE", None) in PROBES}

    assert written == registered


def test_names_are_unique() -> None:
    """Two probes of one name would take each other's counters."""
    names = [probe.name for probe in PROBES]

    assert sorted(set(names)) == sorted(names)


def test_topics_are_fields_of_a_sample() -> None:
    """The collector knows an absence by the field it explains."""
    topics = {topic.partition("/")[0] for probe in PROBES for topic in probe.topics}

    assert topics <= set(Sample.__dataclass_fields__)
