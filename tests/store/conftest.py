from tests.console_fixtures import *  # noqa: F403
