from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "fumibako.console"
    label = "console"
