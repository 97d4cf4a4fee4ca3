"""Keys are made once, the other programs started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mailauth.peers import Dkimpy, MailDkim, OpenDkim
from tests.mailauth.signed import Keys


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()


@pytest.fixture(scope="session")
def mail_dkim() -> Iterator[MailDkim]:
    peer = MailDkim()
    yield peer
    peer.close()


@pytest.fixture(scope="session")
def dkimpy() -> Dkimpy:
    return Dkimpy()


@pytest.fixture(scope="session")
def opendkim(tmp_path_factory: pytest.TempPathFactory) -> OpenDkim:
    return OpenDkim(tmp_path_factory.mktemp("opendkim"))
