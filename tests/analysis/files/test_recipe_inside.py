"""Every kind of figure gives its recipe back, and a hostile file gives one sentence."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from analysis.drawing.page import Page
from analysis.files import recipe_inside
from analysis.files.recipe_inside import NoRecipe, has_recipe, npz_text, png_with, read_recipe
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe, to_json

ODD = Recipe(
    ModelChoice("C:\\nets\\(odd) <&> ]]> name\\", labels="\\(\\)))((("),
    PictureChoice("/pictures/犬 “a” \udce9\n\r\t$x$ --> %PDF endobj.png"),
    layer="features.0",
    settings={"text": "a\\", "on": True, "n": 3, "x": 0.1},
)
SUFFIXES = (".png", ".svg", ".pdf", ".npz", ".json")


def png(width: int = 3) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, 2)).save(stream, "PNG")
    return stream.getvalue()


def content_with(recipe: Recipe, suffix: str) -> bytes:
    if suffix == ".json":
        return to_json(recipe).encode()
    if suffix == ".npz":
        stream = io.BytesIO()
        np.savez(stream, result=np.zeros(3), recipe=npz_text(recipe))
        return stream.getvalue()
    return Page("title", "subtitle", "caption", 0.5).saved(suffix, recipe)


@pytest.fixture(scope="module", params=SUFFIXES)
def figure(request: pytest.FixtureRequest) -> tuple[str, bytes]:
    return request.param, content_with(ODD, request.param)


def test_that_the_recipe_comes_back_from_every_kind_of_file(figure: tuple[str, bytes], tmp_path: Path) -> None:
    suffix, content = figure
    path = tmp_path / f"figure{suffix}"
    path.write_bytes(content)
    assert has_recipe(path)
    assert read_recipe(path) == ODD


def test_that_the_name_of_the_file_does_not_matter(figure: tuple[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "renamed"
    path.write_bytes(figure[1])
    assert read_recipe(path) == ODD


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_that_damage_anywhere_gives_the_recipe_or_a_sentence(
    figure: tuple[str, bytes], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    suffix, content = figure
    start = data.draw(st.integers(0, len(content) - 1))
    junk = data.draw(st.binary(max_size=8))
    removed = data.draw(st.integers(0, 40))
    damaged = content[:start] if data.draw(st.booleans()) else content[:start] + junk + content[start + removed :]
    path = tmp_path_factory.getbasetemp() / f"damaged{suffix}"
    path.write_bytes(damaged)
    sentence = ""
    try:
        assert isinstance(read_recipe(path), Recipe)
    except Problem as problem:
        sentence = str(problem)
    assert sentence == "" or sentence.endswith(".")


@settings(deadline=None, max_examples=100)
@given(
    start=st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"PK\3\4", b"%PDF-1.4", b"{", b"<svg>", b'{"model": ']),
    rest=st.binary(max_size=200),
)
def test_that_any_bytes_give_a_sentence(tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(start + rest)
    with pytest.raises(Problem, match=r"\.$"):
        read_recipe(path)


def chunk(kind: bytes, data: bytes, length: int | None = None) -> bytes:
    return struct.pack(">I", len(data) if length is None else length) + kind + data + struct.pack(">I", 0)


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "hostile"
    path.write_bytes(content)
    return path


def compressed_chunk(text: bytes) -> bytes:
    return png()[:33] + chunk(b"iTXt", b"underhood-recipe\0\1\0\0\0" + text) + png()[33:]


def test_that_a_compressed_chunk_is_read(tmp_path: Path) -> None:
    assert read_recipe(written(tmp_path, compressed_chunk(zlib.compress(to_json(ODD).encode())))) == ODD


def test_that_another_programs_copy_of_the_chunk_is_read(tmp_path: Path) -> None:
    information = PngInfo()
    information.add_itxt("underhood-recipe", to_json(ODD), zip=True)
    Image.new("RGB", (3, 2)).save(tmp_path / "copy.png", pnginfo=information)
    assert read_recipe(tmp_path / "copy.png") == ODD


@pytest.mark.parametrize(
    "text", [zlib.compress(b" " * (20 << 20)), zlib.compress(to_json(ODD).encode())[:-9], b"no zlib at all"]
)
def test_that_a_bomb_or_broken_compression_is_refused(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(Problem, match="damaged or cut off"):
        read_recipe(written(tmp_path, compressed_chunk(text)))


def test_that_a_chunk_of_any_claimed_length_is_harmless(tmp_path: Path) -> None:
    for length in (2**32 - 1, 2**31, 5):
        hostile = png()[:33] + chunk(b"iTXt", b"underhood-recipe\0\0\0\0\0{", length)
        with pytest.raises(Problem):
            read_recipe(written(tmp_path, hostile))


def test_that_entities_in_an_svg_are_never_expanded(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    hostile = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "{{}}">{entities}]><svg>'
    hostile += '<metadata id="underhood-recipe">&l11;</metadata></svg>'
    with pytest.raises(Problem, match="not JSON"):
        read_recipe(written(tmp_path, hostile.encode()))


def test_that_a_pickle_in_an_npz_is_never_opened(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.savez(stream, recipe=np.array([{"model": 1}], dtype=object))
    with pytest.raises(Problem):
        read_recipe(written(tmp_path, stream.getvalue()))


def test_that_an_npz_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    member = io.BytesIO()
    np.lib.format.write_array_header_1_0(member, {"descr": "<U1000000000", "fortran_order": False, "shape": ()})
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("recipe.npy", member.getvalue() + b"\0" * (30 << 20))
    with pytest.raises(Problem, match="damaged"):
        read_recipe(written(tmp_path, stream.getvalue()))


def test_that_a_pdf_string_without_an_end_is_read_in_linear_time(tmp_path: Path) -> None:
    hostile = b"%PDF-1.4 " + (b"/Keywords (underhood-recipe:" + b"\\a" * 1000) * 2000
    with pytest.raises(Problem, match="not JSON"):
        read_recipe(written(tmp_path, hostile))


def test_that_a_file_without_a_recipe_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    plain = written(tmp_path, png())
    with pytest.raises(NoRecipe, match="no recipe in “hostile”"):
        read_recipe(plain)
    assert not has_recipe(plain)
    with pytest.raises(NoRecipe, match="no recipe"):
        read_recipe(written(tmp_path, b"just text"))


def test_that_what_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (tmp_path / "missing.png", tmp_path, tmp_path / "nul\0l"):
        with pytest.raises(Problem, match=r"is not a file that can be read|could not be read"):
            read_recipe(path)
        assert not has_recipe(path)
    monkeypatch.setattr(recipe_inside, "_LARGEST_FILE", 10)
    with pytest.raises(NoRecipe, match="larger than any figure"):
        read_recipe(written(tmp_path, png()))


def test_that_a_png_with_a_recipe_is_still_the_same_picture() -> None:
    with Image.open(io.BytesIO(png_with(ODD, png(7)))) as image:
        image.load()
        assert image.size == (7, 2)
        assert image.text["underhood-recipe"] == to_json(ODD)  # type: ignore[attr-defined]
