"""Keep a process apart, on Linux: no network, nothing writable but its own folder, no other process in sight, no rights.

Uses the kernel's own means through libc, as none of them is in Python's library before 3.12. Imports nothing heavy:
it runs before a stranger's code does, with the rights of whoever grades.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Mapping

NEW_MOUNTS, NEW_IPC, NEW_USER, NEW_PIDS, NEW_NET = 0x20000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
READ_ONLY, NO_SUID, NO_DEVICES, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 4096, 16384, 1 << 18
END_WITH_PARENT, NO_NEW_RIGHTS = 1, 38
SET_MOUNTS = 442  # mount_setattr, the same number on every architecture
KILL = 9
MEANS = ("user", "network", "files", "processes")


def isolate(job: Mapping) -> dict[str, bool]:
    """Put this process and all it starts apart; returns in the process that may run a stranger's code.

    Args:
        job: `work` (the only folder it may write), `megabytes` of it, `cache` and `cache_source`, `hide` (folders it
            shall not see), `see` (those it must), `uid` (0: keep the user), `limits`.

    Returns:
        Which of `MEANS` hold. What does not is for the caller to refuse or to accept.
    """
    held = dict.fromkeys(MEANS, False)
    if not sys.platform.startswith("linux"):
        return held
    libc = ctypes.CDLL(None, use_errno=True)
    root = os.geteuid() == 0
    if _apart(libc, root):
        held |= {"network": True, "processes": True}
        _wait_for(os.fork())
        libc.prctl(END_WITH_PARENT, KILL)
        held["files"] = _mounts(libc, job)
        _wait_for(os.fork())
    _limit(job["limits"])
    if root and job["uid"]:
        os.setgroups([])
        os.setresgid(job["uid"], job["uid"], job["uid"])
        os.setresuid(job["uid"], job["uid"], job["uid"])
        held["user"] = True
    _drop_rights(libc)
    libc.prctl(END_WITH_PARENT, KILL)
    libc.prctl(NO_NEW_RIGHTS, 1, 0, 0, 0)
    return held


def _apart(libc, root: bool) -> bool:
    """Namespaces of its own; an ordinary user needs one for users first, where the system allows it."""
    wanted = NEW_MOUNTS | NEW_IPC | NEW_PIDS | NEW_NET
    if root:
        return libc.unshare(wanted) == 0
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(wanted | NEW_USER) != 0:
        return False
    try:
        for name, words in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(words)
    except OSError:
        return False
    return True


def _wait_for(child: int) -> None:
    """In the parent: wait, and end as the child did. Ending ends all that is left in the namespace."""
    if child == 0:
        return
    os.closerange(0, 1024)  # the pipe of answers too: its end is the end of the run
    while True:
        try:
            ended, status = os.wait()
        except ChildProcessError:
            os._exit(0)
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _mounts(libc, job: Mapping) -> bool:
    """Everything read-only but a small disk in memory; what must not be seen is covered."""

    def mount(source: str, target: str, kind: str | None, flags: int, more: str = "") -> bool:
        return libc.mount(source.encode(), target.encode(), kind and kind.encode(), flags, more.encode() or None) == 0

    plain = NO_SUID | NO_DEVICES
    fine = mount("none", "/", None, RECURSIVE | PRIVATE)
    cache = (
        os.open(job["cache_source"], os.O_PATH) if job["cache_source"] else None
    )  # before what lies above it is covered
    if job["uid"]:
        fine &= _open_way(mount, job["see"])
    if cache is not None:
        fine &= mount(f"/proc/self/fd/{cache}", job["cache"], None, BIND)
        os.close(cache)
    attributes = struct.pack("QQQQ", READ_ONLY, 0, 0, 0)
    fine &= libc.syscall(SET_MOUNTS, -100, b"/", 0x8000, attributes, len(attributes)) == 0
    mine = f"size={job['megabytes']}m,mode=700,uid={job['uid'] or os.geteuid()},gid={job['uid'] or os.getegid()}"
    fine &= mount("none", job["work"], "tmpfs", plain, mine)
    for folder in ("/dev/shm", "/run"):
        if os.path.isdir(folder) and not os.path.islink(folder):
            mount(
                "none",
                folder,
                "tmpfs",
                plain,
                f"size={job['megabytes']}m,mode=1777" if "shm" in folder else "size=4k,mode=755",
            )
    for folder in job["hide"]:
        if os.path.isdir(folder):
            fine &= mount("none", folder, "tmpfs", plain | READ_ONLY, "size=4k,mode=0")
    mount("proc", "/proc", "proc", plain)  # some containers refuse; then other processes show, and cannot be touched
    return fine


def _open_way(mount, see: list[str]) -> bool:
    """Make folders readable that lie where only the grader may go, e.g. a Python below /root, and nothing else there."""
    blocked, fine = {}, True
    for path in sorted(see):
        parts = path.split("/")
        for number in range(2, len(parts)):
            above = "/".join(parts[:number])
            if not os.stat(above).st_mode & 1:
                blocked[path] = above
                break
    handles = {path: os.open(path, os.O_PATH) for path in blocked}
    for above in sorted(set(blocked.values())):
        fine &= mount("none", above, "tmpfs", NO_SUID | NO_DEVICES, "size=256k,mode=755")
    os.umask(0o022)
    for path, handle in handles.items():
        os.makedirs(path, exist_ok=True)
        fine &= mount(f"/proc/self/fd/{handle}", path, None, BIND | RECURSIVE)
        os.close(handle)
    return fine


def _limit(limits: Mapping[str, int]) -> None:
    import resource

    for name, most in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _drop_rights(libc) -> None:
    """No capability is left, within a namespace of users either."""
    header, none = struct.pack("Ii", 0x20080522, 0), struct.pack("6I", *[0] * 6)
    libc.capset(header, none)
