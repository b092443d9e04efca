"""How a rule says no."""


class DomainError(Exception):
    """Something that is not possible now, said in a sentence fit for the visitor.

    Each subclass is defined in the module that raises it. Only doors (views, API, commands)
    catch it. "Not you" is another matter: that raises `PermissionDenied`.

    Args:
        sentence: what happened and what to do; shown to the visitor as it stands.
    """

    #: The HTTP status that a web door answers with; a conflict unless the subclass says otherwise.
    status = 409

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
