"""Why something can't be done to an account."""


class UsernameTaken(Exception):
    """Another account has this name."""


class UsernameTooAlike(UsernameTaken):
    """The name can be taken for another account's."""


class PosesAsAnother(Exception):
    """The name that would be shown is one of the site's own, or can be taken for that of somebody who writes here."""


class EmailTaken(Exception):
    """Another account has this e-mail address."""


class LastAdmin(Exception):
    """The change would leave the site without an admin."""


class TokenInvalid(Exception):
    """The link was used, replaced or is too old."""


class AlreadySetUp(Exception):
    """The blog has its owner."""
