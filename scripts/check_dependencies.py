#!/usr/bin/env python3
"""Checks who includes whom in src/: the house's rule (docs/architecture.md). Prints each violation; exit code 1.

base <- ports <- rooms <- app; http sees base only; *_routes also see http; adapters see base, ports, their own folder
and their own vendor library; a room sees rooms of lower levels only, and of those only the header named like the room.
"""

import pathlib
import re
import sys

LEVELS = {
    "users": 1, "reclaim": 1,
    "auth": 2, "videos": 2, "playback": 2, "jobs": 2,
    "uploads": 3, "transcoding": 3, "engagement": 3, "comments": 3,
    "catalog": 4,
    "feed": 5,
}  # fmt: skip

# A vendor's header, and the folders (or files, by prefix) that may include it.
VENDORS = {
    r"sqlite3\.h": ("adapters/sqlite/",),
    r"(curl/|pugixml)": ("adapters/s3/",),
    r"libpq-fe\.h": ("adapters/postgres/",),
    r"(hiredis|openssl)/": ("adapters/redis/",),
    r"mimalloc": ("base/",),
    r"sodium": ("base/",),
    r"uni(str|type|gbrk|case|norm)\.h": ("base/",),
    r"spdlog/": ("base/",),
    r"boost/beast/": ("http/beast.cpp", "http/session.cpp"),
    r"(toml\+\+|CLI|prometheus)/": ("app/",),
}

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


def folder_of(path):
    """'features/users/users.hpp' -> 'features/users'; 'http/server.hpp' -> 'http'; 'main.cpp' -> ''."""
    parts = path.split("/")
    depth = 2 if parts[0] in ("features", "adapters") else 1
    return "/".join(parts[:depth]) if len(parts) > depth else ""


def is_routes(path):
    return "_routes." in path


def may_include(source, target):
    """Why `source` may not include `target` (both relative to src/), or None."""
    mine, theirs = folder_of(source), folder_of(target)
    if mine == theirs or mine in ("app", ""):
        return None
    allowed = {"base": set(), "ports": {"base"}, "http": {"base"}}.get(mine, {"base", "ports"})
    if is_routes(source):
        allowed = allowed | {"http"}
    if theirs in allowed:
        return None
    if mine.startswith("features/") and theirs.startswith("features/"):
        room = theirs.split("/")[1]
        if LEVELS.get(room, 99) >= LEVELS.get(mine.split("/")[1], 0):
            return f"{mine} may include only rooms of lower levels, not {theirs}"
        if target != f"{theirs}/{room}.hpp":
            return f"{target} is private to its room; include {theirs}/{room}.hpp"
        return None
    return f"{mine} may not include {theirs}"


def vendor_violation(source, target):
    for pattern, places in VENDORS.items():
        if re.match(pattern, target) and not source.startswith(places):
            return f"<{target}> is for {', '.join(places)} only"
    return None


def find_cycle(graph):
    """A list of nodes, the first repeated at its end, or None."""
    state, path = {}, []

    def visit(node):
        state[node] = "open"
        path.append(node)
        for following in sorted(graph.get(node, ())):
            if state.get(following) == "open":
                return path[path.index(following):] + [following]
            if following not in state and (cycle := visit(following)):
                return cycle
        state[node] = "done"
        path.pop()
        return None

    for node in sorted(graph):
        if node not in state and (cycle := visit(node)):
            return cycle
    return None


def check(src):
    violations, files, folders = [], {}, {}
    sources = sorted(path for path in src.rglob("*") if path.suffix in (".hpp", ".cpp"))
    for path in sources:
        source = path.relative_to(src).as_posix()
        if folder_of(source).startswith("features/") and folder_of(source).split("/")[1] not in LEVELS:
            violations.append(f"{source}: its room has no level in {pathlib.Path(__file__).name}")
        for target in INCLUDE.findall(path.read_text()):
            if (src / target).is_file():
                problem = may_include(source, target)
                files.setdefault(source, set()).add(target)
                if folder_of(source) != folder_of(target):
                    folders.setdefault(folder_of(source), set()).add(folder_of(target))
            else:
                problem = vendor_violation(source, target)
            if problem:
                violations.append(f"{source}: {problem}")
    for name, graph in (("files", files), ("folders", folders)):
        if cycle := find_cycle(graph):
            violations.append(f"a cycle of {name}: {' -> '.join(cycle)}")
    return violations, len(sources)


def main():
    src = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1] / "src")
    violations, count = check(src)
    for violation in violations:
        print(violation)
    print(f"{count} files, {len(violations)} violations")
    return 1 if violations or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
