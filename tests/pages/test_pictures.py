import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Pillow
from PIL.ExifTags import GPS, IFD, Base
from PIL.PngImagePlugin import PngInfo
from pytest_django import Settings
from wagtail.images.models import Image

pytestmark = pytest.mark.django_db

ADD = "/cms/images/multiple/add/"
WHO = b"Ana Ruiz"


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def photo(kind: str = "JPEG", size: tuple[int, int] = (60, 40)) -> bytes:
    """A picture that says where, by whom and which way up it was taken."""
    exif = Pillow.Exif()
    exif[Base.Artist] = WHO.decode()
    exif[Base.Orientation] = 6
    exif.get_ifd(IFD.GPSInfo).update({GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (34.0, 3.0, 8.0)})
    words = PngInfo()
    words.add_text("Author", WHO.decode())
    out = io.BytesIO()
    how: dict[str, object] = {"comment": WHO, "xmp": WHO} if kind == "JPEG" else {}
    how |= {"pnginfo": words} if kind == "PNG" else {}
    Pillow.new("RGB", size, "navy").save(out, kind, exif=exif, **how)
    return out.getvalue()


def send(client: Client, name: str, data: bytes, **values: str) -> str:
    file = SimpleUploadedFile(name, data)
    answer = client.post(ADD, {"title": "x", "files[]": file, **values})
    return answer.content.decode()


# Wagtail leaves the temporary file of a rendition to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("name", "kind"), [("x.jpg", "JPEG"), ("x.png", "PNG"), ("x.webp", "WEBP")]
)
def test_a_picture_keeps_its_pixels_and_forgets_where_it_was_taken(
    admin_client: Client, name: str, kind: str
) -> None:
    sent = photo(kind)
    assert (Pillow.open(io.BytesIO(sent)).getexif()[Base.Artist], WHO in sent) == ("Ana Ruiz", True)

    send(admin_client, name, sent)

    image = Image.objects.get()
    assert (image.width, image.height) == (40, 60)  # turned as the camera said
    assert image.file_size == image.file.size
    for file in (image.file, image.get_rendition("width-20").file):
        with file.open() as opened:
            data = opened.read()
        assert WHO not in data
        assert dict(Pillow.open(io.BytesIO(data)).getexif()) == {}


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_ends_too_soon_is_refused_with_a_sentence(
    admin_client: Client, kind: str, share: float
) -> None:
    whole = photo(kind, size=(300, 200))
    name = f"x.{kind.lower()}"

    answer = send(admin_client, name, whole[: int(len(whole) * share)])

    assert '"success": false' in answer
    assert not Image.objects.exists()


def test_a_picture_whose_title_is_refused_is_kept_clean_as_well(
    admin_client: Client, own_folder: Path
) -> None:
    assert "uploaded_file_id" in send(admin_client, "x.jpg", photo(), title="x" * 300)
    kept = [path.read_bytes() for path in own_folder.rglob("*") if path.is_file()]
    assert [WHO in data for data in kept] == [False]


def test_a_moving_picture_keeps_moving(admin_client: Client) -> None:
    frames = [Pillow.new("RGB", (8, 8), color) for color in ("red", "blue", "green")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], comment=WHO, duration=80)
    send(admin_client, "x.gif", out.getvalue())
    with Image.objects.get().file.open() as file:
        data = file.read()
    assert WHO not in data
    assert getattr(Pillow.open(io.BytesIO(data)), "n_frames", 1) == 3


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Not a supported image format"),
        ("x.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "does not match"),
        ("x.jpg", b"<html>", "valid image"),
        ("x.jpg", photo() + bytes(10 * 1024 * 1024), "too big"),
        ("x.jpg", photo(size=(6000, 4001)), "too many pixels"),
    ],
    ids=["svg", "svg called png", "html", "large", "many pixels"],
)
def test_what_is_no_fit_picture_is_refused(
    admin_client: Client, own_folder: Path, name: str, data: bytes, sentence: str
) -> None:
    answer = send(admin_client, name, data)
    assert ('"success": false' in answer, sentence in answer) == (True, True)
    assert Image.objects.count() == 0
    assert [path for path in own_folder.rglob("*") if path.is_file()] == []
