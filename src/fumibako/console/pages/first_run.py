"""The first administrator, made with the one-time code."""

from __future__ import annotations

from typing import Final

from django import forms
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from fumibako.actions import first_code, operators
from fumibako.console.peer import network_of
from fumibako.schema.text import Text, preferred_language

_LABELS: Final = {
    "code": Text("One-time code", "ワンタイムコード"),
    "name": Text("Your name", "管理者名"),
    "password": Text("Password", "パスワード"),
}


class FirstAdministrator(forms.Form):
    """Checked by the action; the form only carries the fields."""

    code = forms.CharField(max_length=200)
    name = forms.CharField(max_length=150)
    password = forms.CharField(max_length=1000, strip=False, widget=forms.PasswordInput)

    def __init__(self, data: QueryDict | None, language: str) -> None:
        super().__init__(data)
        for name, label in _LABELS.items():
            self.fields[name].label = label.in_(language)


@require_http_methods(["GET", "HEAD", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    if not first_code.needed():
        return redirect("account_login")
    language = preferred_language(get_language())  # he is nobody yet, and nobody has a language
    form = FirstAdministrator(request.POST or None, language)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        operator, findings = operators.make_first(
            given["code"].strip(), given["name"], given["password"], network=network_of(request)
        )
        if operator is not None:
            login(request, operator, backend="allauth.account.auth_backends.AuthenticationBackend")
            return redirect("overview")
        for finding in findings:
            form.add_error(finding.path if finding.path in form.fields else None, finding.message.in_(language))
    return render(request, "pages/first_run.html", {"form": form}, status=422 if form.errors else 200)


urlpatterns = [path("first-run/", first_run, name="first_run")]
