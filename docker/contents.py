#!/usr/bin/env python3
"""What a binary is made of: a bill of materials (CycloneDX) and the licence texts, for the image.

    docker/contents.py TARGET OUT CARGO-ARGUMENTS…

Runs in the build stage after the build, offline. The arguments are those of `cargo build` that choose packages and features.
"""

import gzip
import json
import pathlib
import re
import subprocess
import sys
import tomllib

LICENCE_FILE = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)


def main() -> None:
    target, out, arguments = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    crates = crates_of(target, arguments)
    parts = crates + parts_of_the_toolchain()
    out.mkdir(parents=True, exist_ok=True)
    bill = json.dumps(bill_of_materials(parts), indent=1, ensure_ascii=False) + "\n"
    (out / "portico.cdx.json").write_text(bill, encoding="utf-8")
    # Without a time in its head, so that the same sources make the same file.
    (out / "licences.txt.gz").write_bytes(gzip.compress(licences(parts).encode(), 9, mtime=0))


def cargo(*arguments: str) -> str:
    return subprocess.run(["cargo", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def crates_of(target: str, arguments: list[str]) -> list[dict]:
    """The crates of others that are linked into the binary: `cargo tree` knows the features, `cargo metadata` the folders."""
    lines = cargo("tree", "--locked", "--offline", "--edges", "normal,no-proc-macro", "--prefix", "none",
                  "--format", "{p}", "--target", target, *arguments).splitlines()
    linked = {tuple(line.split()[:2]) for line in lines}
    metadata = json.loads(cargo("metadata", "--locked", "--offline", "--format-version=1", "--filter-platform", target))
    lock = tomllib.loads(pathlib.Path("Cargo.lock").read_text(encoding="utf-8"))
    sums = {(package["name"], package["version"]): package.get("checksum") for package in lock["package"]}
    crates = []
    for package in metadata["packages"]:
        name, version = package["name"], package["version"]
        if (name, f"v{version}") not in linked or package["source"] is None:
            continue
        folder = pathlib.Path(package["manifest_path"]).parent
        crates.append({
            "name": name,
            "version": version,
            "purl": f"pkg:cargo/{name}@{version}",
            "licence": package["license"].replace(" / ", " OR ").replace("/", " OR "),
            "checksum": sums[name, version],
            "address": package["repository"],
            "texts": sorted(file for file in folder.rglob("*") if LICENCE_FILE.match(file.name) and is_text(file)),
        })
    if len(crates) < 100:
        sys.exit(f"docker/contents.py: only {len(crates)} crates were found")
    return sorted(crates, key=lambda crate: (crate["name"], crate["version"]))


def is_text(file: pathlib.Path) -> bool:
    return file.is_file() and file.suffix.lower() not in {".rs", ".toml", ".json", ".html", ".py", ".go"}


def parts_of_the_toolchain() -> list[dict]:
    """What is linked or copied besides: Rust's own library, the C library, the unwinder, and the certificates."""
    release = re.search(r"^release: (\S+)", subprocess.check_output(["rustc", "-vV"], text=True), re.MULTILINE)[1]
    sysroot = pathlib.Path(subprocess.check_output(["rustc", "--print", "sysroot"], text=True).strip())
    glibc = re.search(r"GLIBC (\S+)\)", subprocess.check_output(["ldd", "--version"], text=True))[1]
    gcc = subprocess.check_output(["gcc", "-dumpfullversion"], text=True).strip()
    doc = pathlib.Path("/usr/share/doc")
    rust = sorted((sysroot / "share/doc/rust/licenses").glob("*"))
    parts = [
        ("rust-std", release, f"pkg:github/rust-lang/rust@{release}", "MIT OR Apache-2.0", rust),
        ("glibc", glibc, f"pkg:deb/debian/glibc@{glibc}", "LGPL-2.1-or-later", [doc / "libc6-dev/copyright"]),
        ("libgcc", gcc, f"pkg:generic/libgcc@{gcc}", "GPL-3.0-or-later WITH GCC-exception-3.1",
         [doc / f"gcc-{gcc.split('.')[0]}-base/copyright"]),
        ("ca-certificates", None, "pkg:deb/debian/ca-certificates", "MPL-2.0", [doc / "ca-certificates/copyright"]),
    ]
    for name, _, _, _, texts in parts:
        if not texts or not all(text.is_file() for text in texts):
            sys.exit(f"docker/contents.py: the licence of {name} is not where it should be: {texts}")
    return [
        {"name": name, "version": version, "purl": purl, "licence": licence, "checksum": None, "address": None,
         "texts": texts}
        for name, version, purl, licence, texts in parts
    ]


def bill_of_materials(parts: list[dict]) -> dict:
    own = tomllib.loads(pathlib.Path("Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "name": "portico", "version": own["version"],
                "licenses": [{"expression": own["license"]}],
            },
        },
        "components": [component(part) for part in parts],
    }


def component(part: dict) -> dict:
    entry = {"type": "library", "name": part["name"], "purl": part["purl"], "licenses": [{"expression": part["licence"]}]}
    if part["version"]:
        entry["version"] = part["version"]
    if part["checksum"]:
        entry["hashes"] = [{"alg": "SHA-256", "content": part["checksum"]}]
    return entry


def licences(parts: list[dict]) -> str:
    """Each part with its licence, then each text once, under the names of the parts that come with it."""
    texts: dict[str, tuple[str, list[str]]] = {}
    heads = []
    for part in parts:
        version = f" {part['version']}" if part["version"] else ""
        heads.append(f"{part['name']}{version}: {part['licence']}"
                     + (f", {part['address']}" if part["address"] else "")
                     + ("" if part["texts"] else " (its package comes without the text)"))
        for file in part["texts"]:
            text = file.read_text(encoding="utf-8", errors="replace").strip()
            texts.setdefault(" ".join(text.split()), (text, []))[1].append(part["name"])
    own = pathlib.Path("LICENSE").read_text(encoding="utf-8").strip()
    rule = "\n\n" + "-" * 80 + "\n"
    blocks = [f"{', '.join(dict.fromkeys(names))}\n\n{text}" for text, names in texts.values()]
    return rule.join(["What Portico is made of, and under which licences.\n\n" + "\n".join(heads),
                      f"portico\n\n{own}", *blocks]) + "\n"


main()
