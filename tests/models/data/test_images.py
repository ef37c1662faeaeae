from __future__ import annotations

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.models.data import DataOptions, open_data

image = pytest.importorskip("PIL.Image")
SHAPE = DataOptions(image_shape=(6, 5, 1))


@pytest.fixture
def folder(tmp_path):
    """Three images a class, two classes, of one shade each."""
    for k, name in enumerate(("katze", "犬")):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for i in range(3):
            image.fromarray(np.full((6, 5), 40 * (2 * i + k), np.uint8)).save(tmp_path / "pets" / name / f"{i}.png")
    return tmp_path / "pets"


def test_a_folder_a_class_is_data(folder):
    """Classes in alphabetical order, images in that of their names, ids are their paths."""
    source = open_data(str(folder), SHAPE)
    batches = list(source.batches(4))

    assert ("katze", "犬") == source.class_names
    assert [0, 0, 0, 1, 1, 1] == np.concatenate([b.targets for b in batches]).tolist()
    assert (4, 6, 5, 1) == batches[0].inputs.shape
    assert [0, 80, 160, 40, 120, 200] == np.concatenate([b.inputs.mean(axis=(1, 2, 3)) for b in batches]).tolist()
    assert "katze/0.png" == batches[0].ids[0]
    assert 200 == source.take(np.array([5]))[0].max()
    assert any("0 to 255" in note for note in source.notes)


def test_images_take_the_model_s_size_and_channels_and_the_scale(folder):
    """Resized, in colour, scaled."""
    source = open_data(str(folder), DataOptions(image_shape=(3, 4, 3), scale=1 / 255))
    batch = next(source.batches(10))

    assert (6, 3, 4, 3) == batch.inputs.shape
    assert pytest.approx(200 / 255) == float(batch.inputs.max())


def test_unreadable_images_are_named_and_counted(folder):
    """An error that names them all; with --skip-bad they are left out, and the rest keeps its order."""
    (folder / "katze" / "1.png").write_bytes(b"no image")
    whole = (folder / "犬" / "2.png").read_bytes()
    (folder / "犬" / "2.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UsageError, match=r"2 of 6 images .* katze/1\.png, 犬/2\.png\. .*--skip-bad"):
        list(open_data(str(folder), SHAPE).batches(2))
    source = open_data(str(folder), DataOptions(image_shape=(6, 5, 1), skip_bad=True))

    assert [0, 0, 1, 1] == [int(t) for batch in source.batches(2) for t in batch.targets]
    assert any("2 unreadable images were left out" in note for note in source.notes)
    assert 160 == source.take(np.array([1]))[0].max()


def test_folders_without_images_or_with_unknown_names_are_said(folder, tmp_path):
    """What is expected, and which name is near."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"holds no images; expected one folder per class"):
        open_data(str(tmp_path / "empty"))

    with pytest.raises(UsageError, match=r"is no class .did you mean 'katzen'"):
        open_data(str(folder), DataOptions(class_names=("katzen", "犬")))


def test_all_unreadable_is_an_error_also_with_skip_bad(folder):
    """Nothing is left to evaluate."""
    for file in folder.glob("*/*.png"):
        file.write_bytes(b"")

    with pytest.raises(UsageError, match="none of the 6 images"):
        list(open_data(str(folder), DataOptions(image_shape=(6, 5, 1), skip_bad=True)).batches(4))
