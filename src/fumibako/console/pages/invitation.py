"""An operator chooses a password with the one-time code that a server administrator gave him."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from fumibako.actions import invitations
from fumibako.console.peer import network_of
from fumibako.schema.text import Text, preferred_language

_CHOSEN = Text("Your password is set. Log in with it.", "パスワードを設定しました。ログインしてください。")


class Choice(forms.Form):
    """Checked by the action; the form only carries the fields."""

    code = forms.CharField(max_length=200)
    password = forms.CharField(max_length=1000, strip=False, widget=forms.PasswordInput)


@sensitive_post_parameters("code", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    language = preferred_language(get_language())
    form = Choice(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        findings = invitations.accept(given["code"], given["password"], network=network_of(request))
        if not findings:
            messages.success(request, _CHOSEN.in_(language))
            return redirect("account_login")
        for finding in findings:
            form.add_error(finding.path if finding.path in form.fields else None, finding.message.in_(language))
    return render(request, "pages/invitation.html", {"form": form}, status=422 if form.errors else 200)


urlpatterns = [path("invitation/", invitation, name="invitation")]
