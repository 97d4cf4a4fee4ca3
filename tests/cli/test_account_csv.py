"""`account import` and `account export`, as a script drives them."""

from __future__ import annotations

import imaplib
from pathlib import Path

from tests.homes import TestedHome
from tests.system.server import unverified


def test_accounts_go_in_log_in_and_come_out(running_home: TestedHome, tmp_path: Path) -> None:
    running_home.add_domain("sheet.example")
    file = tmp_path / "accounts.csv"
    file.write_bytes(
        "name,address,password,quota_mb\n山田花子,hanako@sheet.example,correct horse battery,5\n=1,taro@sheet.example,,\n".encode(
            "cp932"
        )
    )
    done = running_home.cli("account", "import", file, "--json")
    assert (done.exit, done.json["outcome"]) == (0, "applied"), done
    client = imaplib.IMAP4_SSL("127.0.0.1", running_home.port("imaps"), ssl_context=unverified(), timeout=20)
    client.login("hanako@sheet.example", "correct horse battery")
    client.logout()
    out = running_home.cli("account", "export", "--domain", "sheet.example").stdout
    assert out.splitlines() == [
        "address,name,quota_mb,enabled,may_send,may_receive",
        "hanako@sheet.example,山田花子,5,true,true,true",
        "taro@sheet.example,'=1,,true,true,true",
    ]
    secrets = running_home.cli("account", "export", "--domain", "sheet.example", "--with-secrets").stdout
    assert "{ARGON2ID}$argon2id$" in secrets
    again = running_home.cli("account", "import", "-", "--json", stdin=secrets)
    assert (again.exit, again.json["outcome"]) == (0, "unchanged"), again
    staged = running_home.cli("account", "import", "-", "--draft", stdin="address\nlater@sheet.example\n")
    assert staged.exit == 0, staged
    assert "1 new accounts" in staged.stdout
    assert "later" not in running_home.cli("account", "list", "--domain", "sheet.example").stdout


def test_a_wrong_file_is_refused_whole(running_home: TestedHome, tmp_path: Path) -> None:
    running_home.add_domain("wrong-file.example")
    before = running_home.status()["revision"]
    text = (
        "address,quota_mb\na@wrong-file.example,5\nb@wrong-file.example,0\nc@nowhere.example,\n"
        + ",".join("x" * 40)
        + "\n"
    )
    refused = running_home.cli("account", "import", "-", "--json", stdin=text, language="ja_JP.UTF-8")
    assert (refused.exit, refused.codes) == (1, ["out-of-range", "no-such-domain", "csv-cells"]), refused
    refused = running_home.cli("account", "import", "-", "--json", stdin="\n".join(text.split("\n")[:-2]))
    assert (refused.exit, refused.codes) == (1, ["out-of-range", "no-such-domain"]), refused
    assert [each["path"] for each in refused.json["findings"]] == ["line 3", "line 4"]
    assert "line 3: " in refused.stderr
    large = tmp_path / "large.csv"
    with large.open("wb") as stream:
        stream.write(b"address\n")
        stream.truncate(200 * 1024 * 1024)
    for file, code in [
        (large, "csv-too-large"),
        (tmp_path / "none.csv", "file-unreadable"),
        (Path("/bin/true"), "csv-encoding"),
    ]:
        refused = running_home.cli("account", "import", file, "--json")
        assert (refused.exit, refused.codes) == (1, [code]), refused
    assert running_home.status()["revision"] == before
