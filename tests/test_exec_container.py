"""`kubectl exec` shows a container from within: the programs print as those of busybox do, and say what is not known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.kubectl.shell_script import NotSimple, commands, expanded

MANIFESTS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: app}
data: {color: blue, app.conf: "a=1\\nb=2\\n"}
---
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {password: hunter2}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  serviceAccountName: default
  hostAliases: [{ip: 192.0.2.7, hostnames: [old]}]
  containers:
  - name: app
    image: web:1
    workingDir: /etc/app
    env:
    - {name: COLOR, valueFrom: {configMapKeyRef: {name: app, key: color}}}
    - {name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
    - {name: TWO, value: "one  two"}
    volumeMounts:
    - {name: conf, mountPath: /etc/app}
    - {name: conf, mountPath: /one/app.conf, subPath: app.conf}
    - {name: db, mountPath: /db}
    - {name: cache, mountPath: /cache}
    - {name: disk, mountPath: /disk}
  volumes:
  - {name: conf, configMap: {name: app}}
  - {name: db, secret: {secretName: db, defaultMode: 256}}
  - {name: cache, emptyDir: {}}
  - {name: disk, hostPath: {path: /data}}
---
apiVersion: v1
kind: Pod
metadata: {name: user}
spec:
  securityContext: {runAsUser: 1000, fsGroup: 2000, supplementalGroups: [4000]}
  containers:
  - {name: app, image: web:1, securityContext: {runAsGroup: 3000, readOnlyRootFilesystem: true}}
  - {name: side, image: web:1, securityContext: {runAsUser: 0}}
"""
SECRETS = "k8snotes: The values of Secrets and the tokens of ServiceAccounts are never shown.\n"
IMAGE = "k8snotes: The files of the image are not known here.\n"


@pytest.fixture(scope="module")
def c():
    c = kn.Cluster(nodes=1)
    c.apply(MANIFESTS)
    c.settle()
    return c


def run(c, *words, pod="web", flags=()):
    return c.kubectl(["exec", pod, *flags, "--", *words])


def sh(c, line, **more):
    return run(c, "sh", "-c", line, **more)


def test_variables_are_printed(c):
    """env prints all, printenv the values of those that are named; a Secret's value is hidden, and that is said."""
    every = run(c, "env")
    assert "COLOR=blue\n" in every.stdout
    assert "PASSWORD=<hidden>\n" in every.stdout
    assert every.stderr == SECRETS
    one = run(c, "printenv", "COLOR")
    assert (one.stdout, one.stderr, one.exit) == ("blue\n", "", 0)
    some = run(c, "printenv", "NOBODY", "COLOR")
    assert (some.stdout, some.exit) == ("blue\n", 1)


CAT = (
    (("/etc/app/color",), "blue", "", 0),
    (("color", "./app.conf"), "bluea=1\nb=2\n", "", 0),
    (("/one/app.conf",), "a=1\nb=2\n", "", 0),
    (("/etc/app/colour",), "", "cat: can't open '/etc/app/colour': No such file or directory\n", 1),
    (("/etc/app/color/x",), "", "cat: can't open '/etc/app/color/x': Not a directory\n", 1),
    (("/etc/app",), "", "cat: read error: Is a directory\n", 1),
    (("/etc/hostname",), "web\n", "", 0),
    (
        ("/x",),
        "",
        (
            "cat: can't open '/x': No such file or directory\n"
            "k8snotes: /x may be a file of the image, and those are not known here.\n"
        ),
        1,
    ),
    (
        ("/disk/x",),
        "",
        (
            "cat: can't open '/disk/x': No such file or directory\n"
            "k8snotes: The contents of volume disk (hostPath) are not known here.\n"
        ),
        1,
    ),
    (
        ("/cache/x",),
        "",
        (
            "cat: can't open '/cache/x': No such file or directory\n"
            "k8snotes: No program runs here, so nothing is ever written into the emptyDir volume cache.\n"
        ),
        1,
    ),
    (("/db/password",), "<hidden>\n", SECRETS, 0),
)


@pytest.mark.parametrize(("paths", "out", "err", "code"), CAT)
def test_cat_prints_files(c, paths, out, err, code):
    """Files are printed, and what is no file is named in the program's own words."""
    done = run(c, "cat", *paths)
    end = f"command terminated with exit code {code}\n" if code else ""
    assert (done.stdout, done.stderr, done.exit) == (out, err + end, code)


def test_cat_prints_what_there_is(c):
    """A file that is missing does not keep the others from being printed."""
    done = run(c, "cat", "nothing", "color")
    assert (done.stdout, done.exit) == ("blue", 1)


def test_hosts_has_the_aliases(c):
    """The kubelet's own files are there as well."""
    assert run(c, "cat", "/etc/hosts").stdout.endswith("# Entries added by HostAliases.\n192.0.2.7\told\n")
    assert run(c, "cat", "/etc/resolv.conf").stdout.startswith("search default.svc.cluster.local")
    assert run(c, "cat", "/dev/termination-log").stdout == ""


def test_ls_lists_a_config_map_as_the_kubelet_writes_it(c):
    """Each key is a link into the folder `..data`, which is a link to the folder of the present version."""
    assert run(c, "ls").stdout == "app.conf\ncolor\n"
    assert run(c, "ls", "-A", "/db").stdout.splitlines()[1:] == ["..data", "password"]
    lines = run(c, "ls", "-la", "/etc/app").stdout.splitlines()
    assert lines[0] == "total 12"
    dated = lines[3].split()[-1]
    assert dated.startswith("..2026_01_01_00_00_")
    assert lines[1:] == [
        "drwxrwxrwx    3 root     root          4096 Jan  1 00:00 .",
        "drwxr-xr-x    1 root     root          4096 Jan  1 00:00 ..",
        f"drwxr-xr-x    2 root     root          4096 Jan  1 00:00 {dated}",
        f"lrwxrwxrwx    1 root     root            {len(dated)} Jan  1 00:00 ..data -> {dated}",
        "lrwxrwxrwx    1 root     root            15 Jan  1 00:00 app.conf -> ..data/app.conf",
        "lrwxrwxrwx    1 root     root            12 Jan  1 00:00 color -> ..data/color",
    ]


def test_ls_lists_a_secret_in_memory(c):
    """A Secret is kept in memory; its files have the mode that the volume asks for."""
    assert run(c, "ls", "-l", "/db/..data/").stdout.splitlines() == [
        "total 4",
        "-r--------    1 root     root             7 Jan  1 00:00 password",
    ]
    assert run(c, "ls", "-ld", "/db").stdout == (
        "drwxrwxrwt    3 root     root           100 Jan  1 00:00 /db\n"
    )


def test_ls_lists_several_paths(c):
    """Files come first, then each folder under its name; what is missing is an error of its own."""
    done = run(c, "ls", "/one", "/etc/app/color", "/nothing", "/etc/app")
    assert done.stdout == "/etc/app/color\n\n/one:\napp.conf\n\n/etc/app:\napp.conf\ncolor\n"
    assert done.stderr.startswith("ls: /nothing: No such file or directory\n")
    assert done.exit == 1


def test_ls_says_what_is_not_known(c):
    """In a folder of the image only what is mounted is known, and of other folders nothing."""
    etc = run(c, "ls", "/etc")
    assert (etc.stdout, etc.stderr) == ("app\nhostname\nhosts\nresolv.conf\n", IMAGE)
    assert run(c, "ls", "-l", "/one").stdout.startswith(
        "total ?\n-rw-r--r--    1 root     root             8 "
    )
    assert (
        run(c, "ls", "/disk").stderr
        == "k8snotes: The contents of volume disk (hostPath) are not known here.\n"
    )
    wrong = run(c, "ls", "-R")
    assert wrong.stderr.startswith("ls: unrecognized option: R\n")
    assert wrong.exit == 1


def test_who_runs_the_programs(c):
    """id prints the user and the groups of the securityContext; where the image decides, root is assumed."""
    assert run(c, "id", pod="user", flags=("-c", "app")).stdout == "uid=1000 gid=3000 groups=2000,3000,4000\n"
    side = run(c, "id", pod="user", flags=("-c", "side"))
    assert (side.stdout, side.stderr) == ("uid=0(root) gid=0(root) groups=0(root),2000,4000\n", "")
    unknown = run(c, "id")
    assert unknown.stdout == "uid=0(root) gid=0(root) groups=0(root)\n"
    assert unknown.stderr == (
        "k8snotes: The image of container app decides who runs its programs. Here, root is assumed.\n"
    )
    assert [run(c, "id", flag, pod="user", flags=("-c", "app")).stdout for flag in ("-u", "-g", "-G")] == [
        "1000\n",
        "3000\n",
        "2000 3000 4000\n",
    ]
    assert run(c, "whoami", pod="user", flags=("-c", "app")).stderr.startswith("whoami: unknown uid 1000\n")
    assert run(c, "whoami", pod="user", flags=("-c", "side")).stdout == "root\n"


SCRIPTS = (
    ("echo $COLOR", "blue\n", 0),
    ("echo '$COLOR' \"$COLOR\" \\$COLOR", "$COLOR blue $COLOR\n", 0),
    ('echo $TWO; echo "$TWO"', "one two\none  two\n", 0),
    ("echo ${COLOR}ish ${NOBODY:-none} [$NOBODY]", "blueish none []\n", 0),
    ("echo $PASSWORD", "<hidden>\n", 0),
    ("false && echo a || echo b; echo $?", "b\n0\n", 0),
    ("true && echo a || echo b", "a\n", 0),
    ("false\necho $?\nfalse", "1\n", 1),
    ("cat *.conf", "a=1\nb=2\n", 0),
    ("ls /etc/app/c*r /etc/app/z*", "/etc/app/color\n", 1),
    ("cd / && pwd; cd /etc/app && pwd", "/\n/etc/app\n", 0),
    ("cd nowhere || echo no", "no\n", 0),
    ("exit 3; echo never", "", 3),
    ("echo -n a; echo b # c", "ab\n", 0),
    ("echo 5$ $", "5$ $\n", 0),
    ("printenv NOBODY", "", 1),
    ("", "", 0),
)


@pytest.mark.parametrize(("line", "out", "code"), SCRIPTS)
def test_a_shell_runs_simple_commands(c, line, out, code):
    """Quotes, variables, file names with `*`, and `;`, `&&` and `||` are those of a shell."""
    done = sh(c, line)
    assert (done.stdout, done.exit) == (out, code), done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "ls | wc",
        "echo `id`",
        "echo $(id)",
        "(id)",
        "sleep 5 &",
        "cat < x",
        "A=1 env",
        "echo $1",
        "echo 'a",
        'echo "a',
    ],
)
def test_a_shell_refuses_the_rest(c, line):
    """What is more than a simple command is refused, and the part of the line is named."""
    done = sh(c, line)
    assert done.exit == 1
    assert "Only simple commands are run here, joined by ; && or ||." in done.stderr


def test_nothing_is_written(c):
    """Into a read-only volume no program can write, nor into a read-only image; elsewhere nothing is written here."""
    done = sh(c, "echo x > color")
    assert done.stderr.startswith("sh: can't create color: Read-only file system\n")
    assert done.exit == 1
    assert "Read-only file system" in sh(c, "echo x > /tmp/x", pod="user", flags=("-c", "app")).stderr
    assert "no file can be written" in sh(c, "echo x >> /cache/x").stderr
    assert "sh -c 'echo $HOSTNAME'" in run(c, "sh").stderr


def test_a_program_may_be_named_by_its_path(c):
    """`/bin/cat` is `cat`; a program that is not simulated is refused with the names of the others."""
    assert run(c, "/bin/cat", "color").stdout == "blue"
    unknown = sh(c, "python app.py")
    assert "You can run these simulated programs: cat, curl," in unknown.stderr


@given(st.text("ab $'\"\\;&|*>#{}()\n", max_size=12))
def test_any_line_is_taken_apart_or_refused(line):
    """A line of any letters is a list of commands, or it is refused; each word becomes texts."""
    try:
        found = commands(line)
    except NotSimple as error:
        assert error.what  # noqa: PT017  # what is refused is named
        return
    for command in found:
        for word in command.words:
            assert all(
                isinstance(item, str) for item in expanded(word, {"a": "x y"}, lambda _folder: iter(["a"]))
            )


@given(st.lists(st.text("ab $'\"\\;&|*>#{}()\n\t", min_size=1), max_size=4))
def test_quoted_words_are_taken_as_they_are(words):
    """In single quotes every letter but the quote itself stands for itself."""
    words = [word.replace("'", "") for word in words]
    line = " ".join(["x", *(f"'{word}'" for word in words)])
    (command,) = commands(line)
    assert [item for word in command.words for item in expanded(word, {}, lambda _folder: iter(["a"]))] == [
        "x",
        *words,
    ]
