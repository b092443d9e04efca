"""What editors send in."""

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext_lazy as _
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from core import pictures


class PictureField(WagtailImageField):
    """A picture, refused with a sentence where it ends too soon: Wagtail breaks on those."""

    def check_image_pixel_size(self, f: "UploadedFile[bytes]") -> None:
        """Refuse what is too large, or cannot be measured."""
        try:
            super().check_image_pixel_size(f)
        except (OSError, SyntaxError) as error:
            raise ValidationError(pictures.UNREADABLE, code="unreadable") from error


class PictureForm(BaseImageForm):
    """The form behind every way of sending in a picture."""

    file = PictureField(label=_("File"))

    def clean_file(self) -> "UploadedFile[bytes] | FieldFile":
        """Keep the picture and nothing that it says about where and by whom it was taken."""
        file: UploadedFile[bytes] | FieldFile = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            try:
                pictures.encode_anew(file, file.image.format_name)  # type: ignore[attr-defined]
            except pictures.UnreadablePicture as refusal:
                raise ValidationError(refusal.sentence) from refusal
        return file
