"""Folders that students have closed, nested or filled with links are deleted all the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from microtorch.classroom.folders import remove, temporary


def test_a_folder_is_deleted_however_deep_it_is(tmp_path: Path) -> None:
    before = Path.cwd()
    try:
        with temporary("deep-", str(tmp_path)) as folder:
            os.chdir(folder)
            for _ in range(3000):  # more than Python can follow, and more than a path can name
                os.mkdir("d")
                os.chdir("d")
            Path("file").touch()
            os.chdir(before)
    finally:
        os.chdir(before)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_a_folder_is_deleted_whatever_is_closed_in_it_and_no_link_is_followed(
    tmp_path: Path,
) -> None:
    others = tmp_path / "others"
    others.mkdir()
    (others / "precious").touch()
    folder = tmp_path / "mine"
    (folder / "a" / "b" / "c").mkdir(parents=True)
    (folder / "a" / "b" / "file").touch()
    (folder / "link").symlink_to(others)
    (folder / "a" / "link").symlink_to(others / "precious")
    rights = others.stat().st_mode
    for name in ("a/b/c", "a/b", "a", "."):
        (folder / name).chmod(0)
    remove(folder)
    assert not folder.exists()
    assert (others / "precious").exists()
    assert others.stat().st_mode == rights


def test_what_cannot_be_deleted_stays_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    (folder / "a").mkdir(parents=True)
    (folder / "b" / "c").mkdir(parents=True)
    for name in ("a/file", "a/stuck", "b/c/file", "key"):
        (folder / name).touch()
    unlink = os.unlink

    def unlink_most(path: str) -> None:
        if path.endswith("stuck"):
            raise PermissionError(path)
        unlink(path)

    monkeypatch.setattr(os, "unlink", unlink_most)
    remove(folder)
    assert [path for path in folder.rglob("*") if path.is_file()] == [folder / "a" / "stuck"]
