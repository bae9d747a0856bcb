"""The pair of Mediation Controllers."""

from __future__ import annotations

from targets.lab.faults.change import edited, put_back, restart, script, stopped
from targets.lab.faults.fault import Fault
from targets.lab.faults.places import CONTROLLERS
from targets.lab.machines import PORTAL_ADDRESS, SERVERS

KEEPALIVED = "/etc/keepalived/keepalived.conf"
DATABASE = next(one.address for one in SERVERS if one.name == "db")

OF_ANOTHER_CLUSTER = f"""
[ "$(hostname)" = mc2 ] || exit 0
cp -a {KEEPALIVED} {KEEPALIVED}.whole
sed -i 's/virtual_router_id 77/virtual_router_id 51/' {KEEPALIVED}
{restart("keepalived")}
timeout 30 sh -c 'until ip address show dev host0 | grep -q " {PORTAL_ADDRESS}/"; do sleep 0.2; done'
"""
OF_ONE_CLUSTER = f"""
[ "$(hostname)" = mc2 ] || sleep 5 # then the master says anew where the address is
{put_back(KEEPALIVED, restart("keepalived"))}
"""
FAILS_TO_MOVE = f"""
case $(hostname) in
mc2) cp -a {KEEPALIVED} {KEEPALIVED}.whole
     sed -i 's/priority 140/priority 40/' {KEEPALIVED}
     {restart("keepalived")};;
mc1) sleep 3
     systemctl stop apache2
     sleep 20
     systemctl start apache2;;
esac
"""

FAULTS = (
    Fault(
        "controller-without-portal",
        "The slave's web server did not start again: the portal has no second leg.",
        "mediation controller", ("mc2",), ("CONSOLE-01", "CLUSTER-02", "VERSION-03"), stopped("apache2"),
    ),
    Fault(
        "floating-address-twice",
        "The slave's new configuration is of another cluster: it does not hear the master, and takes the address too.",
        "mediation controller", ("mc2",), ("CLUSTER-01",), script(OF_ANOTHER_CLUSTER, OF_ONE_CLUSTER), CONTROLLERS,
    ),
    Fault(
        "shared-key-not-synchronised",
        "The slave made a key of its own: what the controllers share is not synchronised any more.",
        "mediation controller", ("mc2",), ("CLUSTER-01",),
        edited("/etc/ipdiva/care/html5.key", "y/0123456789/1234567890/"),
    ),
    Fault(
        "controller-out-of-the-pool",
        "New firewall rules keep the slave from the database: it is in the cluster, and serves nobody.",
        "mediation controller", ("mc2",), ("CLUSTER-02",),
        script(f"ip route add prohibit {DATABASE}/32", f"ip route del prohibit {DATABASE}/32 || :"),
    ),
    Fault(
        "floating-address-stays-where-nothing-answers",
        "The slave's new configuration never takes the address over: it stays with the master while that is upgraded.",
        "mediation controller", ("mc2",), ("IMPACT-05",),
        script(FAILS_TO_MOVE, put_back(KEEPALIVED, restart("keepalived"))), CONTROLLERS, phase="watch", during="mc1",
    ),
)  # fmt: skip
