"""Every language says everything: no page and no error of it falls back into English."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "texts.py"


@pytest.fixture(scope="module")
def texts() -> ModuleType:
    spec = importlib.util.spec_from_file_location("texts", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_language_lacks_a_text(texts: ModuleType) -> None:
    """What is missing is printed, ready to be filled in, by `python scripts/texts.py --po`."""
    lacking = texts.missing()
    assert "de" in lacking
    assert {language: found for language, found in lacking.items() if found} == {}


def test_translations_name_what_their_originals_name(texts: ModuleType) -> None:
    for language, said in texts.catalogues().items():
        for message, translated in said.items():
            if not message:
                continue
            for form in translated.split("\0"):
                one = sorted(re.findall(r"%\(\w+\)s", message.split("\0")[0]))
                assert sorted(re.findall(r"%\(\w+\)s", form)) == one, (language, message)
