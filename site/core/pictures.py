"""Pictures that people send in: what they say besides the picture is not kept."""

import io

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, ImageSequence

from core.errors import DomainError

#: By Willow's name of a format: how Pillow writes it.
FORMATS = {"jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP"}
#: What a picture may carry besides its pixels; no place, camera, name or comment.
_SHOWN = frozenset({"transparency", "icc_profile", "duration", "loop", "background", "disposal"})
_JPEG_QUALITY = 90
UNREADABLE = _("This picture cannot be read. Is the file complete?")


class UnreadablePicture(DomainError):
    """Not a picture, or a broken one."""

    status = 422


def encode_anew(file: "UploadedFile[bytes]", kind: str) -> None:
    """Write the file anew, in place: its pixels the right way up, and no EXIF, XMP or comment.

    In place, so that whoever else holds this upload holds the clean one.

    Args:
        file: an upload whose size and pixels were checked.
        kind: one of `FORMATS`.

    Raises:
        UnreadablePicture: if it cannot be decoded.
    """
    encoding = FORMATS[kind]
    try:
        file.seek(0)
        with Image.open(file) as picture:
            data = _jpeg(picture) if encoding == "JPEG" else _frames(picture, encoding)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise UnreadablePicture(str(UNREADABLE)) from error
    file.seek(0)
    file.truncate()
    file.write(data)
    file.seek(0)
    file.size = len(data)


def _jpeg(picture: Image.Image) -> bytes:
    """The first picture of the file: phones hide a second, larger one behind it."""
    return _saved([_bare(ImageOps.exif_transpose(picture))], "JPEG", quality=_JPEG_QUALITY)


def _frames(picture: Image.Image, encoding: str) -> bytes:
    frames = [_bare(ImageOps.exif_transpose(frame)) for frame in ImageSequence.Iterator(picture)]
    if len(frames) == 1:
        return _saved(frames, encoding)
    return _saved(frames, encoding, save_all=True, append_images=frames[1:])


def _bare(frame: Image.Image) -> Image.Image:
    bare = frame.copy()
    bare.info = {key: value for key, value in frame.info.items() if key in _SHOWN}
    return bare


def _saved(frames: list[Image.Image], encoding: str, **how: object) -> bytes:
    out = io.BytesIO()
    first = frames[0]
    profile = first.info.get("icc_profile")
    first.save(out, encoding, **({"icc_profile": profile} if profile else {}), **how)
    return out.getvalue()
