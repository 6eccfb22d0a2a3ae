# SPDX-License-Identifier: BSD-2-Clause
"""Write and read newc cpio archives (cpio(5)): the boot archive, and the tree of files in it.

The same entries always give the same bytes: no times, owners or inode numbers of the host. With
`align`, the data of each regular file of so many bytes or more begins at a multiple of it, counted
from the archive's begin:
there are more zeroes behind the name than it needs, which readers take for its end.
"""
import stat

HEADER = 110
TRAILER = 'TRAILER!!!'


def pad(data, unit=4):
    return data + b'\0' * (-len(data) % unit)


class Archive:
    def __init__(self, align=4):
        self.align = align
        self.bytes = b''
        self.count = 0

    def _entry(self, name, mode, data, device=(0, 0)):
        self.count += 1
        path = name.encode() + b'\0'
        if len(data) >= self.align and stat.S_ISREG(mode):
            path += b'\0' * (-(len(self.bytes) + HEADER + len(path)) % self.align)
        links = 2 if stat.S_ISDIR(mode) else 1
        inode = 0 if name == TRAILER else self.count
        fields = (inode, mode, 0, 0, links, 0, len(data), 0, 0, device[0], device[1], len(path), 0)
        head = b'070701' + b''.join(b'%08X' % f for f in fields)
        self.bytes += pad(head + path) + pad(data)

    def file(self, name, mode, data):
        self._entry(name, stat.S_IFREG | mode, data)

    def folder(self, name, mode):
        self._entry(name, stat.S_IFDIR | mode, b'')

    def link(self, name, target):
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def device(self, name, mode, major, minor):
        """A character device."""
        self._entry(name, stat.S_IFCHR | mode, b'', (major, minor))

    def end(self):
        """The whole archive."""
        self._entry(TRAILER, 0, b'')
        return pad(self.bytes, 512)


def entries(data):
    """(name, mode, device, data, where that begins) of each entry of an archive."""
    at = 0
    while True:
        fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        if data[at:at + 6] != b'070701':
            raise ValueError('no newc archive')
        name = data[at + HEADER:at + HEADER + fields[11]].split(b'\0')[0].decode()
        body = at + HEADER + fields[11] + 3 & ~3
        if name == TRAILER:
            return
        yield name, fields[1], (fields[9], fields[10]), data[body:body + fields[6]], body
        at = body + fields[6] + 3 & ~3
