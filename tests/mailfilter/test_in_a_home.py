"""The mail filter where it belongs: settings reach it through plan, trial and apply, and `status` tells of it."""

from __future__ import annotations

import json

from tests.homes import TestedHome

TEXT = """
fumibako: 1
authentication:
  spf: {check: true, reject_fail: true}
  dmarc: {check: true, enforce: true}
  arc: {trusted_sealers: [lists.example.org]}
  signing:
    example.jp:
      dkim: {enabled: true, rsa: s1, ed25519: e1}
      domainkeys: {enabled: true, selector: default}
dns:
  resolvers: ["127.0.0.1:5353"]
"""


def test_an_apply_reaches_the_filter_and_status_tells_of_it(a_home: TestedHome) -> None:
    a_home.up()
    assert a_home.status()["filter"] == {"address": f"unix:{a_home.root}/server/filter/milter.sock", "answers": True}
    done = a_home.apply(TEXT)
    assert done.exit == 0, done
    assert done.json["outcome"] == "applied"
    conf = json.loads((a_home.root / "server/current/filter/filter.json").read_text())
    assert conf["spf_reject"] is conf["dmarc_enforce"] is conf["domainkeys_verify"] is True
    assert conf["trusted_sealers"] == ["lists.example.org"]
    assert conf["resolvers"] == ["127.0.0.1:5353"]
    assert a_home.apply(TEXT).json["outcome"] == "unchanged"
    exported = a_home.cli("export", "authentication").stdout
    assert "ed25519: e1" in exported
    refused = a_home.apply(TEXT.replace("ed25519: e1", "ed25519: s1"))
    assert refused.exit == 1
    assert refused.codes == ["selector-shared"]
