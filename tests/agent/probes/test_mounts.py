import pytest

from sickbay_agent.probes.mounts import Mount, parse_mountinfo, select_volumes


def points(text: str) -> list[str]:
    """Return where the volumes in a mountinfo file are mounted."""
    return [mount.mount_point for mount in select_volumes(parse_mountinfo(text))]


def test_a_line_is_parsed() -> None:
    """Optional fields, here two, may be any number before the hyphen."""
    line = "28 1 253:0 / / rw,noatime shared:1 master:2 - ext4 /dev/mapper/root rw,errors=continue"

    assert parse_mountinfo(line) == (
        Mount(
            device_number="253:0",
            root="/",
            mount_point="/",
            filesystem="ext4",
            source="/dev/mapper/root",
            mount_options=("rw", "noatime"),
            filesystem_options=("rw", "errors=continue"),
        ),
    )


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        pytest.param(r"/media/USB\040STICK", "/media/USB STICK", id="blank"),
        pytest.param(r"/a\011b\012c\134d\043e", "/a\tb\nc\\d#e", id="all"),
        pytest.param(r"/media/\303\234bung", "/media/Übung", id="utf-8"),
        pytest.param(r"/a\134040b", r"/a\040b", id="a backslash that was one"),
        pytest.param(r"/a\09", r"/a\09", id="not octal"),
        pytest.param("/a\fb\u2028c\x85d", "/a\fb\u2028c\x85d", id="line ends of Unicode"),
    ],
)
def test_octal_escapes(escaped: str, plain: str) -> None:
    (mount,) = parse_mountinfo(f"28 1 8:1 / {escaped} rw - ext4 /dev/sda1 rw")

    assert plain == mount.mount_point


@pytest.mark.parametrize(
    "line", ["", "garbage", "28 1 8:1 / /mnt rw ext4 /dev/sda1 rw", "1 2 3 - a b c", "1 - 2"]
)
def test_lines_of_another_form_are_left_out(line: str) -> None:
    assert parse_mountinfo(line) == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("8:1 / / rw - ext4 /dev/sda1 rw", ["/"], id="disk"),
        pytest.param("0:40 / / rw - overlay overlay rw", ["/"], id="container"),
        pytest.param("0:41 / /var/lib/x/merged rw - overlay overlay rw", [], id="inner container"),
        pytest.param("0:42 / /mnt/full rw - tmpfs tmpfs rw,size=64m", ["/mnt/full"], id="tmpfs"),
        pytest.param("0:42 / /srv/tmp rw - tmpfs tmpfs rw", ["/srv/tmp"], id="other"),
        pytest.param("0:42 / /run/lock rw - tmpfs tmpfs rw", [], id="system's tmpfs"),
        pytest.param("0:42 / /runtime rw - tmpfs tmpfs rw", ["/runtime"], id="like run"),
        pytest.param("0:42 / /home ro - tmpfs tmpfs ro", [], id="read-only tmpfs"),
        pytest.param("0:42 / /home ro - tmpfs tmpfs rw", [], id="sandbox's tmpfs"),
        pytest.param("7:0 / /snap/a/1 ro - squashfs /dev/loop0 ro", [], id="snap"),
        pytest.param("0:50 / /mnt/a rw - nfs4 server:/a rw", [], id="nfs"),
        pytest.param("0:50 / /mnt/a rw - cifs //server/a rw", [], id="cifs"),
        pytest.param("0:50 / /mnt/a rw - fuse.sshfs server:/a rw", [], id="sshfs"),
        pytest.param("8:17 / /mnt/w rw - fuseblk /dev/sdb1 rw", ["/mnt/w"], id="ntfs-3g"),
        pytest.param("8:1 /etc/hosts /etc/hosts rw - ext4 /dev/sda1 rw", [], id="bound file"),
        pytest.param("8:1 /ostree/1 / rw - ext4 /dev/sda1 rw", ["/"], id="ostree"),
        pytest.param("0:30 /@ / rw - btrfs /dev/sda2 rw,subvol=/@", ["/"], id="subvolume"),
        pytest.param("0:30 / /proc rw - proc proc rw", [], id="proc"),
    ],
)
def test_what_is_a_volume(line: str, expected: list[str]) -> None:
    assert expected == points(f"28 1 {line}")


def test_one_filesystem_is_one_volume() -> None:
    """Of bind mounts and subvolumes the shortest path stands for all, wherever it is listed."""
    text = """\
40 28 8:3 / /srv/backup/data rw - xfs /dev/sda3 rw
41 28 8:3 / /data rw - xfs /dev/sda3 rw
42 28 0:30 /@home /home rw - btrfs /dev/sda2 rw,subvol=/@home
43 28 0:30 /@ / rw - btrfs /dev/sda2 rw,subvol=/@
44 28 0:61 / /tank/a rw - zfs tank/a rw
45 28 0:60 / /tank rw - zfs tank rw
"""

    assert points(text) == ["/", "/data", "/tank"]


def test_a_later_mount_hides_an_earlier_one() -> None:
    """Only the upper one can be measured at that path."""
    text = """\
40 28 8:3 / /data rw - xfs /dev/sda3 rw
41 40 8:4 / /data rw - ext4 /dev/sda4 rw
"""

    assert [mount.source for mount in select_volumes(parse_mountinfo(text))] == ["/dev/sda4"]


@pytest.mark.parametrize(
    ("own", "filesystem", "expected"),
    [
        pytest.param("ro", "rw", {"read-only": False}, id="only our sandbox is"),
        pytest.param("rw", "ro", {"read-only": True}, id="the filesystem is, after an error"),
    ],
)
def test_read_only_is_a_state_of_the_filesystem(
    own: str, filesystem: str, expected: dict[str, bool]
) -> None:
    """A hardened service sees every mount read-only; that says nothing of the disk."""
    (mount,) = parse_mountinfo(f"28 1 8:1 / / {own},noatime - ext4 /dev/sda1 {filesystem},discard")

    assert expected == {"read-only": mount.is_read_only}
    assert mount.options == (filesystem, "noatime", "discard")
