"""As whom the servers run: PostgreSQL refuses root, so root hands its files to `nobody`.

No permission of a parent folder is ever changed. Where a parent is closed to `nobody` (a project
below /root), the servers get the one capability to pass through it, by `setpriv`.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from transfer.embedded.trouble import Trouble, explained


@dataclass(frozen=True)
class Owner:
    """The user of the server processes and the words before each of their commands."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def make_folder(self, folder: Path) -> None:
        """Make a folder that only this user may enter."""
        with explained(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
            if os.geteuid() == 0 and folder.stat().st_uid != self.uid:
                os.chown(folder, self.uid, self.gid)

    def command(self, command: Sequence[str | Path]) -> list[str]:
        """The command as this user."""
        return [*self.prefix, *(str(part) for part in command)]


def choose(folder: Path, programs: Sequence[Path]) -> Owner:
    """Who runs the servers of `folder`: the caller, or for root the folder's owner or `nobody`.

    `folder` exists. Raises Trouble when that user cannot get at the folder or the programs.
    """
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid())
    info = folder.stat()
    if info.st_uid == 0:
        nobody = pwd.getpwnam("nobody")
        uid, gid = nobody.pw_uid, nobody.pw_gid
        os.chown(folder, uid, gid)
    else:
        uid, gid = info.st_uid, info.st_gid
    setpriv = shutil.which("setpriv", path=f"{os.environ.get('PATH', '')}:/usr/bin:/bin")
    if setpriv is None:
        raise Trouble("As root the program setpriv (package util-linux) is needed: install it.")
    user = (setpriv, f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
    for extra in ("", "+dac_read_search", "+dac_override"):
        # Without that bit the kernel leaves capabilities out when a program asks access(2).
        keep = ("--securebits=+no_setuid_fixup", f"--inh-caps={extra}", f"--ambient-caps={extra}")
        capability = keep if extra else ()
        owner = Owner(uid, gid, (*user, *capability, "--"))
        if all(_reaches(owner, path) for path in (*programs, folder)):
            return owner
    raise Trouble(
        f"User {uid} cannot reach {folder} or {programs[0].parent}: open their parent folders to "
        "others (chmod o+x), or run Transfer as an ordinary user."
    )


def _reaches(owner: Owner, path: Path) -> bool:
    test = owner.command(["test", "-x", path])
    try:
        return subprocess.run(test, cwd="/", capture_output=True, check=False).returncode == 0
    except OSError:
        return False
