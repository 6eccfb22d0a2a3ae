# SPDX-License-Identifier: BSD-2-Clause
"""The tree of a system's files (root.cpio) on the Linux that runs the tests: programs in it have
only what is in it, below a root of their own, with Linux's /dev and /proc and an empty /tmp."""
import os
import stat
import subprocess
import sys

sys.path.insert(0, 'tools')
import newc     # noqa: E402

ENVIRONMENT = ['PATH=/bin:/sbin:/usr/bin:/usr/sbin', 'HOME=/root', 'USER=root', 'TERM=vt100']
# In a name space of their own, as root of it if need be; $1 is the root.
ENTER = '''mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" &&
mount -t tmpfs tmp "$1/tmp" && chmod 1777 "$1/tmp" && root=$1 && shift && exec chroot "$root" "$@"
'''


def unpack(archive, folder):
    """Make the archive's files in an empty folder; devices are Linux's."""
    os.chmod(folder, 0o755)
    with open(archive, 'rb') as f:
        data = f.read()
    for name, mode, _, body, _ in newc.entries(data):
        path = os.path.join(folder, name)
        if stat.S_ISDIR(mode):
            os.makedirs(path)
        elif stat.S_ISLNK(mode):
            os.symlink(body, path)
        elif stat.S_ISREG(mode):
            with open(path, 'wb') as f:
                f.write(body)
        if not stat.S_ISLNK(mode) and os.path.exists(path):
            os.chmod(path, stat.S_IMODE(mode))


def command(folder, *words):
    """The command that runs words in the tree."""
    rights = [] if os.geteuid() == 0 else ['--map-root-user']
    return ['unshare', '--mount', '--pid', '--fork', '--kill-child', *rights, 'sh', '-c', ENTER,
            'sh', folder, '/bin/busybox', 'env', '-i', *ENVIRONMENT, *words]


def run(folder, *words, seconds=120):
    """(exit status, what was written) of words in the tree."""
    r = subprocess.run(command(folder, *words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=seconds)
    return r.returncode, r.stdout.decode('utf-8', 'replace')
