"""Direct access by SSH and RDP, through the Edge Gateways."""

from __future__ import annotations

from targets.lab.faults.change import PROXY, changed, edited, removed, stopped
from targets.lab.faults.fault import Fault
from targets.lab.faults.places import HAPROXY

SURVIVOR = "~carol/recette-survivor.txt"

FAULTS = (
    Fault(
        "gateway-refuses",
        "One of two Edge Gateways lets nobody through: its proxy did not start again.",
        "edge gateway", ("eg2",), ("SSH-01", "RDP-01", "WEB-02"), stopped("haproxy"),
    ),
    Fault(
        "wrong-server-behind-the-port",
        "Behind the port of an Edge Gateway answers another server.",
        "edge gateway", ("eg1",), ("SSH-01",), edited(HAPROXY, 's/${RESOURCE}:22"/127.0.0.1:22"/', PROXY),
    ),
    Fault(
        "user-file-gone",
        "The files of users were not carried over to the upgraded server.",
        "recording agent", ("srv1",), ("SSH-02",), removed(SURVIVOR),
    ),
    Fault(
        "user-file-replaced",
        "An older backup was restored over the files of users.",
        "recording agent", ("srv1",), ("SSH-02",), changed(SURVIVOR, f"echo restored > {SURVIVOR}"),
    ),
)  # fmt: skip
