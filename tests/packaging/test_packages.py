"""script/packages leaves the machine's own mail service as it is."""

from __future__ import annotations

import pytest

from tests.packaging.conftest import Machine

pytestmark = pytest.mark.slow

# Debian's own resolver decides what stands in whose way; this package says of itself what exim4's says.
ANOTHER_MAIL_SERVER = r"""
dpkg --purge $(dpkg-query -W -f='${Package}\n' 'postfix*' 'dovecot*') >/dev/null 2>&1
mkdir -p /tmp/deb/DEBIAN
cat >/tmp/deb/DEBIAN/control <<CONTROL
Package: exim4-daemon-light
Version: 4.99
Architecture: all
Maintainer: A Test <test@example.invalid>
Provides: mail-transport-agent
Conflicts: mail-transport-agent
Replaces: mail-transport-agent
Description: stands in for a mail server that is already here
CONTROL
dpkg-deb --build /tmp/deb /tmp/exim.deb >/dev/null
dpkg -i /tmp/exim.deb >/dev/null
dpkg-query -W >/tmp/before
"""
NOTHING_CHANGED = """
dpkg-query -W | cmp - /tmp/before
[ "$(cat /usr/sbin/policy-rc.d)" = "$(printf '#!/bin/sh\\nexit 101')" ]
[ ! -e /usr/sbin/policy-rc.d.fumibako-saved ]
"""


def test_another_mail_server_is_not_replaced_when_nobody_can_be_asked(machine: Machine) -> None:
    done = machine(
        f"""{ANOTHER_MAIL_SERVER}
        for language in C.UTF-8 ja_JP.UTF-8; do
          status=0; LC_ALL=$language script/packages postfix || status=$?
          [ $status = 1 ]
        done
        {NOTHING_CHANGED}"""
    )
    assert done.returncode == 0, done.stderr
    assert "It is not replaced without asking." in done.stderr
    assert "確認なしには置き換えません。" in done.stderr
    assert done.stderr.count("exim4-daemon-light") == 2
    assert done.stderr.count("--replace-mta") == 2


def test_another_mail_server_stays_when_the_person_asked_does_not_say_yes(machine: Machine) -> None:
    done = machine(
        f"""{ANOTHER_MAIL_SERVER}
        status=0; printf '\\n' | script -qec 'script/packages postfix' /dev/null || status=$?
        [ $status = 1 ]
        {NOTHING_CHANGED}"""
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Replace it? [y/N]" in done.stdout


def test_a_new_postfix_and_dovecot_are_not_started_now_nor_at_boot(machine: Machine) -> None:
    """The machine's own policy (here: it allows all, and takes notes) is not even asked about them, and is back after.

    systemctl is hidden, as on a bare machine that gets systemd later: the links must be right without it.
    """
    done = machine(
        f"""{ANOTHER_MAIL_SERVER}
        printf '#!/bin/sh\\necho "$@" >>/tmp/asked\\nexit 0\\n' >/usr/sbin/policy-rc.d
        cp /usr/sbin/policy-rc.d /tmp/policy
        mv /usr/bin/systemctl /usr/bin/systemctl.hidden
        printf 'y\\n' | script -qec 'script/packages postfix dovecot-core dovecot-imapd' /dev/null
        cmp /usr/sbin/policy-rc.d /tmp/policy; [ -x /usr/sbin/policy-rc.d ]
        [ ! -e /usr/sbin/policy-rc.d.fumibako-saved ]
        if grep -E 'postfix|dovecot' /tmp/asked; then exit 3; fi
        if pgrep -x 'master|dovecot'; then exit 4; fi
        if ls /etc/rc?.d/S??postfix /etc/rc?.d/S??dovecot 2>/dev/null; then exit 5; fi
        if find /etc/systemd/system -path '*.wants/*' \\( -name 'postfix*' -o -name 'dovecot*' \\) | grep .; then exit 6; fi
        [ ! -e /etc/postfix/main.cf ]
        dpkg-query -W -f='${{Status}}\\n' postfix dovecot-imapd exim4-daemon-light | sort"""
    )
    assert done.returncode == 0, done.stdout + done.stderr
    installed = [line for line in done.stdout.splitlines() if line.endswith(" ok installed")]
    assert len(installed) == 2, done.stdout


def test_a_postfix_that_is_already_here_keeps_its_configuration_and_its_place_at_boot(machine: Machine) -> None:
    done = machine(
        """dpkg --purge postfix-sqlite >/dev/null 2>&1
        echo 'myhostname = mine.example' >/etc/postfix/main.cf
        DPKG_MAINTSCRIPT_PACKAGE=postfix deb-systemd-helper enable postfix.service
        update-rc.d postfix enable
        boot() { find /etc/systemd/system /etc/rc?.d -name '*postfix*' | sort; }
        boot >/tmp/boot; grep -q rc2.d/S /tmp/boot; grep -q wants/ /tmp/boot
        printf '#!/bin/sh\\necho "$@" >>/tmp/asked\\nexit 0\\n' >/usr/sbin/policy-rc.d
        script/packages postfix postfix-sqlite
        [ "$(cat /etc/postfix/main.cf)" = 'myhostname = mine.example' ]
        boot | cmp - /tmp/boot
        if pgrep -x master; then exit 4; fi
        dpkg-query -W -f='${Status}\\n' postfix-sqlite"""
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok installed" in done.stdout


def test_a_dovecot_that_is_already_here_is_not_upgraded_on_the_way(machine: Machine) -> None:
    done = machine(
        """dpkg --purge $(dpkg-query -W -f='${Package}\\n' 'dovecot*' | grep -v core) >/dev/null 2>&1
        sed -i '/^Package: dovecot-core$/,/^$/s/^Version: .*/Version: 1:2.3.1-1/' /var/lib/dpkg/status
        dpkg-query -W >/tmp/before
        status=0; script/packages dovecot-imapd || status=$?
        [ $status = 1 ]
        dpkg-query -W | cmp - /tmp/before"""
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "would upgrade: dovecot-core" in done.stderr
    assert "Nothing was changed." in done.stderr


@pytest.mark.parametrize("signal", ["TERM", "KILL"])
def test_the_policy_comes_back_after_an_interruption(machine: Machine, signal: str) -> None:
    """A signal ends the run after apt and puts the policy back; after SIGKILL the next run does."""
    done = machine(
        f"""dpkg --purge postfix-sqlite >/dev/null 2>&1
        cp /usr/sbin/policy-rc.d /tmp/policy
        script/packages postfix-sqlite & pid=$!
        until grep -qs 'fumibako: temporary' /usr/sbin/policy-rc.d; do sleep 0.05; done
        kill -{signal} $pid
        status=0; wait $pid || status=$?
        echo "status $status"
        if [ {signal} = KILL ]; then
          grep -q 'fumibako: temporary' /usr/sbin/policy-rc.d
          while pgrep -x 'apt-get|dpkg' >/dev/null; do sleep 0.1; done
          dpkg --purge postfix-sqlite >/dev/null 2>&1
          script/packages postfix-sqlite
        fi
        cmp /usr/sbin/policy-rc.d /tmp/policy
        [ ! -e /usr/sbin/policy-rc.d.fumibako-saved ]"""
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split() == ["status", "143" if signal == "TERM" else "137"]


def test_nothing_missing_is_nothing_to_do(machine: Machine) -> None:
    done = machine("PATH=/usr/bin:/bin; chmod 0 /usr/bin/apt-get; script/packages postfix dovecot-core")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
