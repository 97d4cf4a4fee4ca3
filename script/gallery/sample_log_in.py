"""Samples of the pages that let somebody in: Django forms and what allauth passes to its templates."""

from __future__ import annotations

from types import SimpleNamespace as V

from django import forms
from sample_frame import AGO, NOW


class Authenticator(V):
    def __str__(self) -> str:
        return str(self.name)


class LogIn(forms.Form):
    login, password, remember = (
        forms.CharField(),
        forms.CharField(widget=forms.PasswordInput),
        forms.BooleanField(required=False),
    )


class Code(forms.Form):
    code = forms.CharField()
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Invited(forms.Form):
    code = forms.CharField()
    password = forms.CharField(widget=forms.PasswordInput)


class FirstRun(forms.Form):
    code, name, password, password_again = (
        forms.CharField(),
        forms.CharField(),
        forms.CharField(widget=forms.PasswordInput),
        forms.CharField(widget=forms.PasswordInput),
    )


class Passwords(forms.Form):
    oldpassword, password1, password2 = (forms.CharField(widget=forms.PasswordInput) for _ in range(3))


class Key(forms.Form):
    name, passwordless, credential = (
        forms.CharField(),
        forms.BooleanField(required=False),
        forms.CharField(widget=forms.HiddenInput),
    )


class Credential(forms.Form):
    credential = forms.CharField(widget=forms.HiddenInput, required=False)


class WrongLogIn(LogIn):
    def clean(self) -> None:
        raise forms.ValidationError("名前かパスワードが違います。 / Name or password is wrong.")


KEYS = [
    Authenticator(pk=1, name="携帯電話", created_at=NOW - AGO(days=20), last_used_at=NOW - AGO(hours=3)),
    Authenticator(pk=2, name="Office key", created_at=NOW - AGO(days=200), last_used_at=None),
]

QR = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 21 21"><path d="M1 1h7v7H1zM13 1h7v7h-7zM1 13h7v7H1zM10 3h2v3h-2zM10 10h4v4h-4zM16 14h3v5h-3z" fill="#000"/></svg>'

MFA = {"MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"], "js_data": {}}

CODES = [f"{n:08d}" for n in range(31337, 31347)]
