"""Starts one program behind walls: python3 -I launcher.py TERMS STATUS -- PROGRAM ARGUMENTS…

TERMS is a JSON object, see Terms. What prevents the start is written into the descriptor STATUS;
if nothing is, the program was started. Ends as the program does, and with it everything it has
started. This file is run by itself, so it imports nothing of ours.

  launcher           waits, passes signals on, sees to the end of all
   └ first process   of a PID namespace; whoever loses a parent becomes its child
      └ the program  as another user, with limits
"""

import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import sys
from dataclasses import dataclass

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
DEVICES = ("null", "zero", "full", "random", "urandom")
SCRATCH_BYTES = 256 << 20
SIGNALS = (signal.SIGPROF, signal.SIGTERM)

libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Terms:
    """`root`: an empty folder that becomes the root, where there are walls; else empty.

    `visible` and `writable` are absolute paths that exist; `user` is None for one's own. Limits
    are those of setrlimit(), by name.
    """

    root: str
    visible: list[str]
    writable: list[str]
    folder: str
    user: int | None
    limits: dict[str, int]


def main() -> None:
    terms = Terms(**json.loads(sys.argv[1]))
    status = int(sys.argv[2])
    os.set_inheritable(status, False)
    # Until there is somebody to pass them on to.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    reading, outcome = os.pipe()
    try:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        _check(libc.prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl")
        if terms.root:
            _unshare()
        first = _fork(lambda: _first_process(terms, status, outcome, sys.argv[4:]), status)
    except OSError as error:
        _say(status, error)
        sys.exit(1)
    os.close(status)
    os.close(outcome)
    _pass_on({signal.SIGPROF: signal.SIGPROF, signal.SIGTERM: signal.SIGKILL}, first)
    _wait_for(first)
    _end_all(terms)
    _end_like(int(os.read(reading, 16) or signal.SIGKILL))


def _unshare() -> None:
    flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    user, group = os.getuid(), os.getgid()
    if user != 0:
        flags |= CLONE_NEWUSER
    _check(libc.unshare(flags), "unshare")
    if user != 0:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)


def _first_process(terms: Terms, status: int, outcome: int, command: list[str]) -> None:
    """Its end is that of its whole namespace, if there is one."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    _check(libc.prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl")
    if terms.root:
        _raise_walls(terms)
        _loopback_up()
    program = _fork(lambda: _become(terms, command), status)
    os.close(status)
    _pass_on({signal.SIGPROF: signal.SIGPROF}, program)
    os.write(outcome, str(_wait_for(program)).encode())
    os._exit(0)


def _pass_on(signals: dict[int, int], child: int) -> None:
    """Each that comes as the one it stands for."""
    for number, passed in signals.items():
        signal.signal(number, lambda *_, passed=passed: os.kill(child, passed))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _raise_walls(terms: Terms) -> None:
    """A root that has only what is named, at the places where it is outside."""
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    root = terms.root
    _mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, f"mode=755,size={SCRATCH_BYTES}")
    for path in terms.visible:
        if os.path.islink(path):
            _make_parents(root + path)
            os.symlink(os.readlink(path), root + path)
        else:
            _bind(path, root + path)
            _mount("none", root + path, None, MS_REMOUNT | MS_BIND | MS_RDONLY | _kept(path))
    for path in terms.writable:
        _bind(path, root + path)
    for name in DEVICES:
        _bind(f"/dev/{name}", f"{root}/dev/{name}")
    os.symlink("/proc/self/fd", f"{root}/dev/fd")
    for name in ("/tmp", "/dev/shm"):
        os.makedirs(root + name, exist_ok=True)
        os.chmod(root + name, 0o1777)
    os.makedirs(f"{root}/proc")
    _mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    os.chroot(root)
    os.chdir("/")


def _bind(path: str, target: str) -> None:
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        _make_parents(target)
        os.close(os.open(target, os.O_CREAT | os.O_CLOEXEC))
    _mount(path, target, None, MS_BIND | MS_REC)


def _make_parents(path: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)


def _kept(path: str) -> int:
    """What a file system forbids already must stay forbidden; more is wished for."""
    forbidden = os.statvfs(path).f_flag & MS_NOEXEC
    return forbidden | MS_NOSUID | MS_NODEV


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as some:
        fcntl.ioctl(some, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def _become(terms: Terms, command: list[str]) -> None:
    os.setsid()
    os.nice(5)
    for name, most in terms.limits.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, least))
    if terms.user is not None:
        os.setgroups([])
        os.setgid(terms.user)
        os.setuid(terms.user)
    _check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    os.chdir(terms.folder)
    os.umask(0o022)
    # Python ignores some, and what is ignored stays ignored in the next program.
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGPROF, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    os.execv(command[0], command)


def _fork(work, status: int) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException as error:
        _say(status, error)
    os._exit(1)


def _wait_for(child: int) -> int:
    """Until it has ended; whoever else ends meanwhile is buried. Returns what wait() said."""
    while True:
        try:
            ended, result = os.wait()
        except InterruptedError:
            continue
        if ended == child:
            return result


def _end_all(terms: Terms) -> None:
    """Without a namespace those that have left their parents are children of ours now."""
    while True:
        if terms.user is not None and not terms.root:
            _end_user(terms.user)
        for child in _children():
            os.kill(child, signal.SIGKILL)
        if not _bury():
            return


def _bury() -> bool:
    """Waits until one has ended, and takes all that have. False if there is none left.

    All: to look for the others anew behind each of a thousand takes longer than anybody waits.
    """
    try:
        os.wait()
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        return False
    return True


def _end_user(user: int) -> None:
    """At once, so that none can start another in the meantime."""
    helper = os.fork()
    if helper == 0:
        os.setgid(user)
        os.setuid(user)
        os.kill(-1, signal.SIGKILL)
        os._exit(0)
    os.waitpid(helper, 0)


def _children() -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                if int(file.read().rpartition(")")[2].split()[1]) == os.getpid():
                    found.append(int(name))
        except OSError:
            continue
    return found


def _end_like(result: int) -> None:
    if os.WIFSIGNALED(result):
        number = os.WTERMSIG(result)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    sys.exit(os.WEXITSTATUS(result))


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    words = [word.encode() if word else None for word in (source, target, kind)]
    _check(libc.mount(*words, ctypes.c_ulong(flags), options.encode() or None), f"mount {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _say(status: int, error: BaseException) -> None:
    os.write(status, f"{error}".encode(errors="replace"))


if __name__ == "__main__":
    main()
