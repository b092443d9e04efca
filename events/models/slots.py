"""Named places of a date, each with its own number, as they are kept with a series."""

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class Slot:
    """What one can come as: so many mentors, so many judges.

    Its id stays while its words change, so that who has it keeps it.
    """

    id: str
    name: str
    #: Places at each date.
    capacity: int
    #: What who chooses it should bring or have done.
    qualification: str = ""

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Self:
        """The slot as the database keeps it."""
        return cls(**kept)

    def kept(self) -> dict[str, Any]:
        """What the database keeps."""
        return asdict(self)

    @property
    def label(self) -> str:
        """As it is chosen: "Mentor: has shipped software"."""
        return f"{self.name}: {self.qualification}" if self.qualification else self.name
