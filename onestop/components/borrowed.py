"""Sentences of the sign-in package that our pages show and that it does not say in Vietnamese.

Named here so that they are extracted and translated with our own; nothing calls this module. A sentence that the
package changes would show in English again: tests/onestop/test_borrowed.py compares each with the package.
"""

from django.utils.translation import gettext_noop

__all__ = ["SENTENCES"]

SENTENCES = (
    gettext_noop("The username and/or password you specified are not correct."),
    gettext_noop("Too many failed login attempts. Try again later."),
    gettext_noop("Be patient, you are sending too many requests."),
    gettext_noop("This account is currently inactive."),
    gettext_noop("Incorrect password."),
    gettext_noop("Incorrect code."),
    gettext_noop("Please type your current password."),
    gettext_noop("The new value must be different from the current one."),
    gettext_noop("You must type the same password each time."),
    gettext_noop("The email address is not assigned to any user account."),
    gettext_noop("You have signed out."),
    gettext_noop("Successfully signed in as %(name)s."),
    gettext_noop("Password successfully changed."),
    gettext_noop("Password successfully set."),
    gettext_noop("A new set of recovery codes has been generated."),
    gettext_noop("Authenticator app activated."),
    gettext_noop("Authenticator app deactivated."),
    gettext_noop("You cannot deactivate two-factor authentication."),
    gettext_noop("Use your password"),
    gettext_noop("Use authenticator app or code"),
)
