"""What editors send in."""

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models.fields.files import FieldFile
from wagtail.images.forms import BaseImageForm

from core import pictures


class PictureForm(BaseImageForm):
    """The form behind every way of sending in a picture."""

    def clean_file(self) -> "UploadedFile[bytes] | FieldFile":
        """Keep the picture and nothing that it says about where and by whom it was taken."""
        file: UploadedFile[bytes] | FieldFile = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            try:
                pictures.encode_anew(file, file.image.format_name)  # type: ignore[attr-defined]
            except pictures.UnreadablePicture as refusal:
                raise ValidationError(refusal.sentence) from refusal
        return file
